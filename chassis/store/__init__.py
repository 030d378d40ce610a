"""Persistence with SQLAlchemy Core: a table, a dataclass, prebuilt statements. No session, no flush, no lazy loading."""
