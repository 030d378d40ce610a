"""Subscriptions are data, and nonsense among them is refused before anything starts."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from prm.deals.v1 import events_pb2

from chassis.events.subscriptions import Subscription, check, subscribe, subscriptions_in, subscriptions_of
from chassis.events.topology import MAX_QUEUES, queues_of, topology
from chassis.settings import SERVICES


def handler(event: object, tx: object) -> None:
    """Nothing."""


def subscription(message: type = events_pb2.RegistrationApproved, queue: str = "notify.registrations.v1", **options: bool) -> Subscription:
    return Subscription(
        f"prm.deals.registration.{message.__name__.removeprefix('Registration').lower()}.v1", queue, handler, message, **options
    )


def test_decorated_functions_are_found_and_may_be_stacked() -> None:
    module = ModuleType("consumer")

    @subscribe(events_pb2.RegistrationApproved, queue="notify.registrations.v1")
    @subscribe(events_pb2.RegistrationRejected, queue="notify.registrations.v1")
    def tell(event: object, tx: object) -> None:
        """Nothing."""

    module.__dict__.update(tell=tell, other=handler)
    found = subscriptions_in(module)
    assert [item.type for item in found] == ["prm.deals.registration.rejected.v1", "prm.deals.registration.approved.v1"]
    assert {item.handler for item in found} == {tell}
    assert {(item.consumer, item.service) for item in found} == {("notify.registrations", "notify")}


@pytest.mark.parametrize("queue", ["registrations", "notify.registrations", "Notify.x.v1", "notify.x.v0", "notify..v1"])
def test_queue_names(queue: str) -> None:
    with pytest.raises(ValueError, match="name a queue"):
        subscription(queue=queue)


def test_one_queue_is_ordered_or_not() -> None:
    with pytest.raises(ValueError, match="ordered for one handler"):
        check([subscription(), subscription(events_pb2.RegistrationRejected, ordered=True)])


def test_one_handler_for_a_type_in_a_queue_of_any_version() -> None:
    with pytest.raises(ValueError, match="twice"):
        check([subscription(), subscription(queue="notify.registrations.v2")])


def test_queue_arguments_are_all_said() -> None:
    (queue,) = queues_of([subscription(ordered=True)])
    assert queue.arguments == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "dlx",
        "x-dead-letter-routing-key": "notify.parked",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-max-length-bytes": 1 << 30,
        "x-single-active-consumer": True,
    }
    assert queue.bindings == [("deals.events", "prm.deals.registration.approved.v1")]


def test_the_whole_topology_is_sound_and_small() -> None:
    exchanges, queues = topology(SERVICES)
    assert len(exchanges) == len(SERVICES)
    assert len(SERVICES) * 2 <= len(queues) <= MAX_QUEUES
    assert len({queue.name for queue in queues}) == len(queues)
    for service in SERVICES:
        assert {item.service for item in subscriptions_of(service)} <= {service}, "a service declares queues of its own only"


def test_subscriptions_import_neither_nameko_nor_eventlet() -> None:
    """Runner and `bus declare` read them too."""
    import subprocess

    code = (
        "import sys; from chassis.events.topology import topology; from chassis.settings import SERVICES; topology(SERVICES);"
        "import chassis.runner.host; sys.exit(bool({'nameko', 'eventlet', 'grpc'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False).returncode == 0
