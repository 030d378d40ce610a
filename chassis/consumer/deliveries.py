"""From the broker's message to the inbox and back: what to tell the broker of a delivery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from chassis.consumer.entrypoint import Settle, Source
from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import DatabaseAway, Inbox, names
from chassis.consumer.together import handle_all
from chassis.events.envelope import from_properties
from chassis.events.subscriptions import Subscription, consumer_of
from chassis.events.topology import parked_queue

log = structlog.get_logger()
TOGETHER = 8  # deliveries in one transaction: with twice as many a process does a tenth more, and loses twice as much when it dies
AWAY_SECONDS = 1.0
DEFECT_SECONDS = 1.0  # slows down what would otherwise come round at once


class Gate:
    """Shared by the workers of a service: whether the process is ending, and whether the database was there last."""

    def __init__(self) -> None:
        self.stopping = False
        self.database_away = False


def sources(inbox: Inbox, subscriptions: Iterable[Subscription], gate: Gate, workers: int) -> list[Source]:
    """All queues of a service: those of its handlers, and the one for what crashed it. Each leaves a worker to the others."""
    at_once = max(1, workers - 1)
    handled = partial(settled, partial(handle_all, inbox), gate)
    found = [
        Source(queue, 1 if in_order else at_once, TOGETHER, partial(handled, consumer_of(queue)), in_order)
        for queue, in_order in {item.queue: item.ordered for item in subscriptions}.items()
    ]
    parked = parked_queue(inbox.work.service.name)
    return [*found, Source(parked, at_once, 1, partial(settled, partial(park, inbox), gate, ""))]


def settled(handle: Callable[[Sequence[Delivery]], Any], gate: Gate, consumer: str, messages: Sequence[Any]) -> Settle:
    """Handle deliveries to their end; they share it, as handling one again changes nothing.

    While the database is away the worker waits with the messages in hand: nothing is settled or counted, and with all
    workers waiting nothing more is taken from the broker.
    """
    deliveries = [delivery_of(message, consumer) for message in messages]
    while not (gate.stopping and gate.database_away):
        try:
            handle(deliveries)
        except DatabaseAway:
            gate.database_away = True
            time.sleep(AWAY_SECONDS)
        except Exception:
            log.exception("delivery_not_kept", events=[names(delivery) for delivery in deliveries])
            time.sleep(DEFECT_SECONDS)
            return Settle.REQUEUE
        else:
            gate.database_away = False
            return Settle.ACK
    return Settle.NOTHING


def park(inbox: Inbox, deliveries: Sequence[Delivery]) -> None:
    """Keep what was delivered too often. Raises DatabaseAway."""
    for delivery in deliveries:
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
