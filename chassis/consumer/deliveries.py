"""From the broker's message to the inbox and back: what to tell the broker of a delivery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import structlog

from chassis.consumer.entrypoint import Settle, Source
from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import DatabaseAway, Inbox, names
from chassis.events.envelope import from_properties
from chassis.events.subscriptions import Subscription, consumer_of
from chassis.events.topology import parked_queue

log = structlog.get_logger()
AWAY_SECONDS = 1.0
DEFECT_SECONDS = 1.0  # slows down what would otherwise come round at once


class Gate:
    """Shared by the workers of a service: whether the process is ending, and whether the database was there last."""

    def __init__(self) -> None:
        self.stopping = False
        self.database_away = False


def sources(inbox: Inbox, subscriptions: Iterable[Subscription], gate: Gate, workers: int) -> list[Source]:
    """All queues of a service: those of its handlers, and the one for what crashed it. Each leaves a worker to the others."""
    share = max(1, workers - 1)
    ordered = {item.queue: item.ordered for item in subscriptions}
    found = [
        Source(queue, 1 if one_by_one else 2 * workers, share, partial(settled, inbox.handle, gate, consumer_of(queue)))
        for queue, one_by_one in ordered.items()
    ]
    service = inbox.work.service.name
    return [*found, Source(parked_queue(service), workers, share, partial(settled, partial(park, inbox), gate, ""))]


def settled(handle: Callable[[Delivery], Any], gate: Gate, consumer: str, message: Any) -> Settle:
    """Handle a delivery to its end.

    While the database is away the worker waits with the message in hand: nothing is settled or counted, and with all
    workers waiting nothing more is taken from the broker.
    """
    delivery = delivery_of(message, consumer)
    while True:
        try:
            handle(delivery)
        except DatabaseAway:
            gate.database_away = True
            if gate.stopping:
                return Settle.NOTHING
            time.sleep(AWAY_SECONDS)
        except Exception:
            log.exception("delivery_not_kept", **names(delivery))
            time.sleep(DEFECT_SECONDS)
            return Settle.REQUEUE
        else:
            gate.database_away = False
            return Settle.ACK


def park(inbox: Inbox, delivery: Delivery) -> None:
    """Keep what was delivered too often. Raises DatabaseAway."""
    inbox.park(delivery, "delivery_limit", "the broker gave up handing it out")


def delivery_of(message: Any, consumer: str) -> Delivery:
    """What a kombu message says, undecoded. A dead letter says itself whose it was."""
    headers = message.headers or {}
    key = str(message.delivery_info.get("routing_key", ""))
    envelope = from_properties({**message.properties, "content_type": message.content_type}, headers, key)
    body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    count = headers.get("x-delivery-count")
    return Delivery(consumer or _dead_consumer(headers), envelope, body, count if isinstance(count, int) else 0)


def _dead_consumer(headers: Mapping[str, Any]) -> str:
    deaths = headers.get("x-death") or [{}]
    return consumer_of(str(headers.get("x-first-death-queue") or deaths[0].get("queue", "")))
