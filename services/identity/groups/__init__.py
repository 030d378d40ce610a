"""People who get roles together."""
