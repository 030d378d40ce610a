"""The time that is left for a request, known to every call made on its behalf."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LEAST = 0.001  # gRPC refuses a deadline of 0 before the call is made, with no status of its own

_ends: ContextVar[float | None] = ContextVar("ends", default=None)


@contextmanager
def until(seconds: float) -> Iterator[None]:
    """Everything called inside ends within so many seconds, and within what an outer block allows."""
    outer, ends = _ends.get(), time.monotonic() + seconds
    token = _ends.set(ends if outer is None else min(outer, ends))
    try:
        yield
    finally:
        _ends.reset(token)


def left(seconds: float) -> float:
    """The seconds a call may take that would like so many."""
    ends = _ends.get()
    return seconds if ends is None else max(min(seconds, ends - time.monotonic()), LEAST)
