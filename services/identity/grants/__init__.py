"""Rights on single objects until a time."""
