"""A small map whose entries end by themselves. Safe to use from many threads: each access is one step of a dict."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Expiring(Generic[K, V]):
    """Entries live `seconds` by the monotonic clock. When `size` is reached, what is over goes first, then the oldest."""

    def __init__(self, seconds: float, size: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._size, self._timer = seconds, size, timer
        self._entries: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        """The value, or None when there is none any more."""
        found = self._entries.get(key)
        return found[1] if found is not None and found[0] > self._timer() else None

    def put(self, key: K, value: V) -> V:
        """Keep a value; -> the value."""
        if len(self._entries) >= self._size:
            self._make_room()
        self._entries[key] = (self._timer() + self._seconds, value)
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._entries = {}

    def _make_room(self) -> None:
        now = self._timer()
        live = [(key, entry) for key, entry in list(self._entries.items()) if entry[0] > now]
        self._entries = dict(live[-self._size // 2 :])
