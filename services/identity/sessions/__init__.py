"""How people get in: passwords, lockout, sessions."""
