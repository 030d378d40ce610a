"""Measure two things in turns, and never longer than allowed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class TimeUp(Exception):
    """A figure took longer than it may."""


def in_turns(product: Callable[[], float], base: Callable[[], float], rounds: int) -> tuple[list[float], list[float]]:
    """(of the product, of the base), one value a round. Who goes first changes with each round, and one round before does not count."""
    product(), base()
    measured: list[float] = []
    compared: list[float] = []
    for number in range(rounds):
        order = ((product, measured), (base, compared))
        for run, found in order if number % 2 == 0 else reversed(order):
            found.append(run())
    return measured, compared


def seconds_of(call: Callable[[], Any]) -> float:
    """How long it took."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TimeUp in the main thread when the time is over, wherever it waits."""

    def over(*_: Any) -> None:
        raise TimeUp(f"not done within {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
