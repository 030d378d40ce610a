"""What must exist in the broker: one exchange a service, one queue for each group of handlers, one queue for what crashes.

Every argument is written out and valid on RabbitMQ 3.10 to 4.x. An existing queue with other arguments is a mismatch that
a person has to see (PRECONDITION_FAILED); the way out is a new `.v<n>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import amqp
from amqp.exceptions import ChannelError

from chassis.events.broker import connect
from chassis.events.subscriptions import Subscription, subscriptions_of

DLX = "dlx"
DELIVERY_LIMIT = 20
MAX_BYTES = 1 << 30
MAX_QUEUES = 60  # dead-lettering at least once keeps a process of the broker busy for each queue
UNLIMITED = 2**31 - 1  # 4.x takes 20 when nothing is said, and then drops


class TopologyMismatch(Exception):
    """The broker has a queue or exchange of this name with other arguments."""


@dataclass(frozen=True)
class Queue:
    """A queue of a service and what is bound to it: (exchange, routing key)."""

    name: str
    arguments: dict[str, Any]
    bindings: list[tuple[str, str]] = field(default_factory=list)


def exchange_of(event_type: str) -> str:
    """`prm.deals.registration.approved.v1` → `deals.events`."""
    return event_type.split(".")[1] + ".events"


def parked_queue(service: str) -> str:
    """Where the broker puts what was delivered too often."""
    return f"{service}.parked"


def queues_of(subscriptions: Iterable[Subscription]) -> list[Queue]:
    """The queues of these handlers, each bound to its types."""
    found: dict[str, Queue] = {}
    for item in subscriptions:
        queue = found.setdefault(item.queue, Queue(item.queue, _arguments(item)))
        queue.bindings.append((exchange_of(item.type), item.type))
    return list(found.values())


def _arguments(item: Subscription) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DLX,
        "x-dead-letter-routing-key": parked_queue(item.service),
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-max-length-bytes": MAX_BYTES,
    }
    return arguments | ({"x-single-active-consumer": True} if item.ordered else {})


def topology(services: Iterable[str]) -> tuple[list[str], list[Queue]]:
    """(exchanges, queues) of these services. Raises ValueError above 60 queues."""
    names = list(services)
    queues = [queue for name in names for queue in queues_of(subscriptions_of(name))]
    queues += [
        Queue(parked_queue(name), {"x-queue-type": "quorum", "x-delivery-limit": UNLIMITED}, [(DLX, parked_queue(name))]) for name in names
    ]
    if len(queues) > MAX_QUEUES:
        raise ValueError(f"{len(queues)} queues; keep to {MAX_QUEUES}: let handlers of one concern share a queue")
    exchanges = {exchange for queue in queues for exchange, _ in queue.bindings if exchange != DLX}
    return sorted(exchanges | {f"{name}.events" for name in names}), queues


def subscribed_types(services: Iterable[str]) -> frozenset[str]:
    """Types that have a handler somewhere: a message of one of these that reaches no queue is an alarm."""
    return frozenset(item.type for name in services for item in subscriptions_of(name))


def declare(url: str, exchanges: Iterable[str], queues: Iterable[Queue]) -> None:
    """Make what is missing; repeatable. Raises TopologyMismatch naming the difference, or one of broker.IN_DOUBT."""
    connection = connect(url, "prm bus declare")
    try:
        channel = connection.channel()
        channel.exchange_declare(DLX, "direct", durable=True, auto_delete=False)
        for exchange in exchanges:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        for queue in queues:
            _declare_queue(channel, queue)
    except ChannelError as error:
        raise TopologyMismatch(str(error)) from error
    finally:
        connection.close()


def _declare_queue(channel: amqp.Channel, queue: Queue) -> None:
    channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=queue.arguments)
    for exchange, key in queue.bindings:
        channel.queue_bind(queue.name, exchange, key)
