"""Deal registrations: a partner's request for time-limited protection (domain.md 3)."""
