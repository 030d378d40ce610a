"""Documents: material for partners, with versions of its file."""
