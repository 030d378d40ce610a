"""How much time the call being answered on this thread has left, for whatever it asks of others."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta

NO_TIME = 0.001  # seconds; the least that is ever waited
_remaining: ContextVar[Callable[[], timedelta | None] | None] = ContextVar("remaining", default=None)


def begin(remaining: Callable[[], timedelta | None] | None) -> None:
    """The entry says it for each call; None where no call is being answered."""
    _remaining.set(remaining)


def seconds_left(at_most: float) -> float:
    """Seconds to wait for an answer: what is left of the call, at most this much, at least a millisecond."""
    remaining = _remaining.get()
    left = remaining() if remaining is not None else None
    return at_most if left is None else max(NO_TIME, min(at_most, left.total_seconds()))
