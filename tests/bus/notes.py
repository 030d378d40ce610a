"""What processes under test did, a line each in a file that outlives them: no metric survives a SIGKILL."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import Inbox
from chassis.events.publisher import Publisher

SLOW_PUBLISH = 0.5


def keep() -> None:
    """Note outcomes of the inbox, redeliveries and slow publishing in the file TEST_NOTES names; without it nothing."""
    path = os.environ.get("TEST_NOTES")
    if not path:
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    handle, publish = Inbox.handle, Publisher.publish

    def noted(self: Inbox, delivery: Delivery) -> Any:
        if delivery.deliveries:
            os.write(file, b"redelivered\n")
        outcome = handle(self, delivery)
        os.write(file, f"{outcome.value}\n".encode())
        return outcome

    def timed(self: Publisher, events: Any) -> Any:
        began = time.monotonic()
        try:
            return publish(self, events)
        finally:
            if (took := time.monotonic() - began) > SLOW_PUBLISH:
                os.write(file, f"publish {took:.3f}\n".encode())

    Inbox.handle, Publisher.publish = noted, timed  # type: ignore[method-assign]


def counted(path: Path) -> Counter[str]:
    """How often each outcome was noted, and `redelivered`."""
    lines = path.read_text().split("\n") if path.exists() else []
    return Counter(line for line in lines if line and not line.startswith("publish"))


def publishing(path: Path) -> list[float]:
    """Seconds of each call of publish that took longer than half a second."""
    lines = path.read_text().split("\n") if path.exists() else []
    return [float(line.split()[1]) for line in lines if line.startswith("publish ")]
