"""The same handlers on nameko as it comes: its own consumer, no inbox, no parking. The control of the fault tests."""

from __future__ import annotations

import os
import time
from typing import Any

from tests.bus.world import World, effects

QUEUE = "stock.free"


def run_stock(world: World) -> int:
    """Consume until SIGTERM, as nameko's own command does; -> the exit code."""
    import signal

    import eventlet
    from kombu.entity import Queue
    from nameko.messaging import consume
    from nameko.runners import ServiceRunner

    class Stock:
        name = "stock"

        @consume(Queue(QUEUE, no_declare=True))  # type: ignore[no-untyped-call]
        def handle(self, event: dict[str, Any]) -> None:
            apply_stock(world, event)

    runner = ServiceRunner({"AMQP_URI": world.amqp, "max_workers": 6})
    runner.add_service(Stock)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(runner.stop))
    runner.start()
    print("stock_started", flush=True)
    runner.wait()
    return 0


def apply_stock(world: World, event: dict[str, Any]) -> None:
    """One effect, committed; then whatever the event says."""
    if event["number"] == "permanent":
        raise ValueError("It cannot be")
    if event["number"] == "crash":
        os._exit(9)
    row = {"handler": "free", "aggregate": event["aggregate"], "seq": event["seq"], "event_id": event["id"]}
    with world.connection() as connection:
        connection.execute(effects.insert(), row)
    verb, _, seconds = event["number"].partition(":")
    time.sleep(float(seconds) if verb == "slow" else 0.02)  # what a handler does after its commit: an answer, a log line, a metric
