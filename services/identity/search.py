"""Words of a search."""

from __future__ import annotations

MOST = 6


def words_of(search: str) -> list[str]:
    """Lower-case words, a few at most: each costs a look into an index."""
    return search.lower().split()[:MOST]
