"""Several deliveries in one transaction, or each by itself; never anything between."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.consumer.failures import Delivery, lock_aggregates
from chassis.consumer.inbox import DatabaseAway, Inbox
from chassis.consumer.together import handle_all
from chassis.errors import Aborted
from chassis.events.envelope import Envelope
from chassis.events.subscriptions import Subscription
from chassis.store.database import Database
from chassis.store.system import SystemWork
from tests.bus.world import APPROVED, METRICS, SERVICE, SUBMITTED, World, approved, submitted, subscriptions, until
from tests.integration.events.test_inbox import FREE, ORDERED, _terminate, states

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e473{}-00f067aa0ba902b7-01"


def event(place: int, number: str = "ok", deliveries: int = 0, **fields: Any) -> Delivery:
    headers = {"actor": f"per_{place}", "traceparent": TRACE.format(place)}
    envelope = Envelope(uuid.uuid4(), fields.pop("type", APPROVED), f"registration/reg_{place}", 1, headers)
    return Delivery(FREE, envelope, fields.pop("body", approved(number).SerializeToString()), deliveries)


def in_order(name: str, seq: int, number: str = "ok", deliveries: int = 0, body: bytes = b"") -> Delivery:
    envelope = Envelope(uuid.uuid4(), SUBMITTED, f"registration/{name}", seq, {"actor": "per_1"})
    return Delivery(ORDERED, envelope, body or submitted(number).SerializeToString(), deliveries)


def applied(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT event_id FROM effect ORDER BY id")]


def ids(events: list[Delivery]) -> list[str]:
    return [str(one.envelope.event_id) for one in events]


def transactions(world: World) -> int:
    return int(world.scalar("SELECT count(DISTINCT xmin::text) FROM effect"))


def inbox_of(world: World, handler: Callable[[Any, Any], None]) -> Inbox:
    return Inbox(world.work, [Subscription(APPROVED, "deals.free.v1", handler, type(approved()))], METRICS)


def test_all_in_one_transaction_in_the_order_of_aggregates(world: World) -> None:
    events = [event(place) for place in (3, 1, 2)]
    handle_all(world.inbox, events)
    assert applied(world) == ids([events[1], events[2], events[0]])
    assert transactions(world) == 1
    handle_all(world.inbox, events)
    assert len(applied(world)) == 3


def test_one_is_applied_as_ever(world: World) -> None:
    one = event(1)
    handle_all(world.inbox, [one])
    assert applied(world) == ids([one])


def test_a_repeat_among_them_counts_once(world: World) -> None:
    known, one, two = event(1), event(2), event(3)
    world.inbox.handle(known)
    handle_all(world.inbox, [one, known, two, one])
    assert applied(world) == ids([known, one, two])


@pytest.mark.parametrize("number", ["permanent", "defect", "exit"])
def test_a_poisoned_one_is_parked_and_the_others_are_applied(world: World, number: str) -> None:
    events = [event(place, number if place == 3 else "ok") for place in range(1, 6)]
    handle_all(world.inbox, events)
    assert states(world) == [("parked", "permanent")]
    assert applied(world) == ids([events[0], events[1], events[3], events[4]])
    assert transactions(world) == 4
    assert world.scalar("SELECT count(*) FROM inbox") == 4


def test_what_something_speaks_against_does_not_come_into_it(world: World) -> None:
    good = [event(1), event(2)]
    bad = [event(3, body=b"\xff\xff"), event(4, type="prm.deals.registration.approved.v2"), event(5, deliveries=3)]
    handle_all(world.inbox, [bad[0], good[0], bad[1], good[1], bad[2]])
    assert applied(world) == ids(good) and transactions(world) == 1
    assert sorted(states(world)) == [("parked", "undecodable"), ("parked", "unknown_type"), ("suspect", "suspect")]


def test_what_is_kept_stays_with_the_runner(world: World) -> None:
    kept, other, third = event(1, "until:open"), event(2), event(3)
    world.inbox.handle(kept)
    world.execute("INSERT INTO opened VALUES ('open')")
    handle_all(world.inbox, [kept, other, third])
    assert applied(world) == ids([other, third]) and states(world) == [("retry", "transient")]


def test_each_has_its_own_cause_and_actor(world: World) -> None:
    seen: list[tuple[str, ...]] = []

    def relays(event: Any, tx: Any) -> None:
        seen.append((tx.subject.id, tx.subject.on_behalf_of, tx.cause.causation_id, tx.cause.traceparent.split("-")[1]))

    events = [event(place) for place in (1, 2, 3)]
    handle_all(inbox_of(world, relays), events)
    assert seen == [
        ("system:deals", f"per_{place}", str(one.envelope.event_id), TRACE.format(place).split("-")[1])
        for place, one in enumerate(events, 1)
    ]


def test_in_order_together_as_they_stand(world: World) -> None:
    events = [in_order("one", 1), in_order("two", 1), in_order("one", 2), in_order("two", 2)]
    handle_all(world.inbox, events)
    assert applied(world) == ids([events[0], events[2], events[1], events[3]]) and transactions(world) == 1


def test_in_order_what_is_kept_keeps_its_aggregate_back(world: World) -> None:
    world.inbox.handle(in_order("one", 1, "until:open"))
    events = [in_order("one", 2), in_order("two", 1), in_order("one", 3), in_order("three", 1)]
    handle_all(world.inbox, events)
    assert applied(world) == ids([events[3], events[1]]) and transactions(world) == 1
    assert states(world) == [("retry", "transient"), ("held", "held"), ("held", "held")]


@pytest.mark.parametrize("bad", [{"number": "until:open"}, {"deliveries": 3}, {"body": b"\xff\xff"}])
def test_in_order_nothing_passes_what_is_not_applied(world: World, bad: dict[str, Any]) -> None:
    events = [in_order("one", 1, **bad), in_order("one", 2), in_order("two", 1)]
    handle_all(world.inbox, events)
    assert applied(world) == ids([events[2]])
    assert [state for state, _ in states(world)][1:] == ["held"]


def test_in_order_the_runner_and_a_consumer_do_not_meet(world: World) -> None:
    """While somebody decides about an aggregate, a batch with it waits."""
    worker = threading.Thread(target=handle_all, args=(world.inbox, [in_order("one", 2), in_order("two", 1)]))
    with world.connection() as connection:
        lock_aggregates(connection, ORDERED, ["registration/one"])
        worker.start()
        until(lambda: world.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") > 0, 5)
        assert applied(world) == []
    worker.join(10)
    assert len(applied(world)) == 2


def test_a_race_undoes_all_and_is_repeated_alone(world: World) -> None:
    tries: list[int] = []

    def races(event: Any, tx: Any) -> None:
        tries.append(1)
        world.stage(approved(), "registration/reg_9", len(tries), tx.connection)
        if len(tries) == 2:
            raise Aborted("", reason="CONCURRENT_CHANGE")

    handle_all(inbox_of(world, races), [event(place) for place in (1, 2, 3)])
    assert len(tries) == 2 + 3
    assert world.scalar("SELECT count(*) FROM outbox") == 3 and states(world) == []


def test_two_workers_with_the_same_events_the_other_way_round(world: World) -> None:
    events = [event(place) for place in range(1, 9)]
    workers = [threading.Thread(target=handle_all, args=(world.inbox, order)) for order in (events, events[::-1])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert sorted(applied(world)) == sorted(ids(events)) and states(world) == []


def test_a_lock_that_somebody_holds_keeps_the_others_briefly(world: World) -> None:
    def locks(event: Any, tx: Any) -> None:
        if event.number == "busy":
            tx.lock("somebody's")
        world.stage(approved(), "registration/reg_9", 1, tx.connection)

    events = [event(place, "busy" if place == 3 else "ok") for place in (1, 2, 3)]
    worker = threading.Thread(target=handle_all, args=(inbox_of(world, locks), events))
    with world.connection() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('somebody''s', 0))"))
        worker.start()
        until(lambda: world.scalar("SELECT count(*) FROM outbox") == 2, 5)
    worker.join(10)
    assert world.scalar("SELECT count(*) FROM outbox") == 3 and states(world) == []


def test_backend_ended_in_the_middle_counts_no_attempt(world: World) -> None:
    tries: list[int] = []

    def dies(event: Any, tx: Any) -> None:
        tries.append(1)
        world.stage(approved(), "registration/reg_9", len(tries), tx.connection)
        if len(tries) == 2:
            _terminate(world, tx.connection.scalar(sa.text("SELECT pg_backend_pid()")))
            tx.connection.execute(sa.text("SELECT 1"))

    inbox, events = inbox_of(world, dies), [event(place) for place in (1, 2, 3)]
    with pytest.raises(DatabaseAway):
        handle_all(inbox, events)
    assert states(world) == [] and world.scalar("SELECT count(*) FROM inbox") == 0
    handle_all(inbox, events)
    assert world.scalar("SELECT count(*) FROM outbox") == 3 and states(world) == []


def test_database_away_decides_nothing(world: World) -> None:
    database = Database("postgresql+psycopg://nobody:x@127.0.0.1:1/none", pool_size=1, name="away")
    inbox = Inbox(SystemWork(SERVICE, database, world.clock, world.settings), subscriptions(), METRICS)
    with pytest.raises(DatabaseAway):
        handle_all(inbox, [event(1), event(2, body=b"\xff\xff"), event(3), event(4, deliveries=9)])
