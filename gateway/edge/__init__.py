"""What every request passes, whatever it asks for: log, metrics, headers, limits, sizes, the last resort."""
