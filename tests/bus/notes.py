"""What processes under test did, a line each in a file that outlives them: no metric survives a SIGKILL."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import Inbox, Outcome
from chassis.events.publisher import Publisher

SLOW_PUBLISH = 0.5


def keep() -> None:
    """Note outcomes of handlers, redeliveries and slow publishing in the file TEST_NOTES names; without it nothing."""
    path = os.environ.get("TEST_NOTES")
    if not path:
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    observed, publish = Inbox.observed, Publisher.publish

    @contextmanager
    def noted(self: Inbox, delivery: Delivery) -> Iterator[list[Outcome]]:
        if delivery.deliveries:
            os.write(file, b"redelivered\n")
        with observed(self, delivery) as outcomes:
            yield outcomes
        os.write(file, "".join(f"{outcome.value}\n" for outcome in outcomes).encode())

    def timed(self: Publisher, events: Any) -> Any:
        began = time.monotonic()
        try:
            return publish(self, events)
        finally:
            if (took := time.monotonic() - began) > SLOW_PUBLISH:
                os.write(file, f"publish {took:.3f}\n".encode())

    Inbox.observed, Publisher.publish = noted, timed  # type: ignore[method-assign]


def counted(path: Path) -> Counter[str]:
    """How often each outcome was noted, and `redelivered`."""
    lines = path.read_text().split("\n") if path.exists() else []
    return Counter(line for line in lines if line and not line.startswith("publish"))


def publishing(path: Path) -> list[float]:
    """Seconds of each call of publish that took longer than half a second."""
    lines = path.read_text().split("\n") if path.exists() else []
    return [float(line.split()[1]) for line in lines if line.startswith("publish ")]
