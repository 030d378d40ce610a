"""Which function handles which event, as data: read by the consumer, by the runner (retries) and by `prm bus declare`."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from google.protobuf.message import Message

from chassis.events.types import type_of

F = TypeVar("F", bound=Callable[..., None])
MessageClass = type[Message]
QUEUE = re.compile(r"([a-z]+)\.[a-z][a-z-]*\.v[1-9][0-9]*")
MARK = "prm_subscriptions"
# Subscriptions that every service has: each module has `subscriptions(service) -> list[Subscription]`.
PROVIDED = ("chassis.audit.witness", "chassis.policy.projections")


@dataclass(frozen=True)
class Subscription:
    """One handler of one type of event.

    `queue` is `<service>.<group>.v<n>`; a group of handlers shares it, and a change of its arguments is a new `v`. An
    `ordered` queue gives one event at a time, and holds those of an aggregate back behind one that failed. A handler gets
    (event, tx), with `envelope` also the Envelope; it may run twice, late and, unless ordered, out of order.
    """

    type: str
    queue: str
    handler: Callable[..., None]
    message: MessageClass
    ordered: bool = False
    envelope: bool = False

    def __post_init__(self) -> None:
        if not QUEUE.fullmatch(self.queue):
            raise ValueError(f"{self.queue!r}: name a queue <service>.<group>.v<number>")

    @property
    def consumer(self) -> str:
        """Who applied an event, as the inbox keeps it: the queue without its version, so that a new version repeats nothing."""
        return consumer_of(self.queue)

    @property
    def service(self) -> str:
        """The service that handles it."""
        return self.queue.partition(".")[0]


def consumer_of(queue: str) -> str:
    """`notify.registrations.v2` → `notify.registrations`."""
    return queue.rpartition(".v")[0]


def subscribe(message: type[Message], *, queue: str, ordered: bool = False, envelope: bool = False, service: str = "") -> Callable[[F], F]:
    """Mark a function as the handler of an event. May be stacked. `service` is needed for messages that all services record."""

    def mark(function: F) -> F:
        found = Subscription(type_of(message, service), queue, function, message, ordered, envelope)
        setattr(function, MARK, [*_marks(function), found])
        return function

    return mark


def subscriptions_in(module: ModuleType) -> list[Subscription]:
    """Those of the functions of a module, in their order."""
    return [item for function in vars(module).values() for item in _marks(function)]


def _marks(function: Any) -> list[Subscription]:
    return list(getattr(function, MARK, [])) if callable(function) else []


def subscriptions_of(service: str) -> list[Subscription]:
    """All of a service: its own `consumer.py` and what the chassis gives to every service. Raises ValueError for nonsense."""
    found: list[Subscription] = []
    package = f"services.{service}"
    if importlib.util.find_spec(package) and importlib.util.find_spec(f"{package}.consumer"):
        found += subscriptions_in(importlib.import_module(f"{package}.consumer"))
    for provided in PROVIDED:
        found += importlib.import_module(provided).subscriptions(service)
    check(found)
    return found


def check(subscriptions: Iterable[Subscription]) -> None:
    """Raises ValueError where one queue is both ordered and not, or has two handlers for one type."""
    ordered: dict[str, bool] = {}
    seen: set[tuple[str, str]] = set()
    for item in subscriptions:
        if ordered.setdefault(item.queue, item.ordered) != item.ordered:
            raise ValueError(f"{item.queue} is ordered for one handler and not for another: use two queues")
        if (item.consumer, item.type) in seen:
            raise ValueError(f"{item.consumer} handles {item.type} twice: use two queues")
        seen.add((item.consumer, item.type))
