"""Downloads: who got a link to which file."""
