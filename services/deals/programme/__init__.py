"""The programme's numbers, each with a date from which it holds."""
