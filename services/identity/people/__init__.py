"""People of all organisations and how they are invited."""
