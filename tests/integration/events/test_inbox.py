"""An event is applied once or kept; the runner tries what is kept."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import DatabaseAway, Inbox, Outcome
from chassis.events.envelope import Envelope
from chassis.events.types import type_of
from chassis.runner.retries import Retries
from chassis.store.database import Database
from chassis.store.system import SystemWork
from tests.bus.world import METRICS, SERVICE, World, approved, submitted, subscriptions

FREE, ORDERED = "deals.free", "deals.in-order"


def delivery(message: Any, seq: int = 1, aggregate: str = "registration/reg_1", **fields: Any) -> Delivery:
    consumer = FREE if type_of(type(message)).endswith("approved.v1") else ORDERED
    envelope = Envelope(
        fields.pop("event_id", uuid.uuid4()),
        fields.pop("type", type_of(type(message))),
        aggregate,
        seq,
        {"actor": "per_1"},
        fields.pop("content_type", "application/protobuf"),
    )
    return Delivery(consumer, envelope, fields.pop("body", message.SerializeToString()), fields.pop("deliveries", 0))


def states(world: World) -> list[tuple[str, str]]:
    return [tuple(row) for row in world.rows("SELECT state, reason FROM inbox_failure ORDER BY id")]


def applied(world: World) -> list[int]:
    return [row[0] for row in world.rows("SELECT seq FROM effect ORDER BY id")]


def make_due(world: World) -> None:
    world.execute("UPDATE inbox_failure SET next_attempt_at = :now WHERE state IN ('retry', 'suspect')", now=world.clock.now())


def run_due(world: World) -> int:
    retries, count = Retries(world.inbox), 0
    while retries.run_one():
        count += 1
    return count


def test_once(world: World) -> None:
    one = delivery(approved())
    assert [world.inbox.handle(one) for _ in range(3)] == [Outcome.APPLIED, Outcome.REPEATED, Outcome.REPEATED]
    assert applied(world) == [1]


def test_a_new_version_of_a_queue_repeats_nothing(world: World) -> None:
    assert {item.consumer for item in subscriptions() if item.queue.startswith("deals.free.")} == {FREE}


@pytest.mark.parametrize("number", ["permanent", "defect", "exit"])
def test_permanent_is_parked_and_has_no_effect(world: World, number: str) -> None:
    assert world.inbox.handle(delivery(approved(number))) is Outcome.PARKED
    assert states(world) == [("parked", "permanent")]
    assert applied(world) == [] and world.scalar("SELECT count(*) FROM inbox") == 0


def test_one_cause_has_one_fingerprint(world: World) -> None:
    for number in ("permanent", "permanent", "defect"):
        world.inbox.handle(delivery(approved(number)))
    assert world.scalar("SELECT count(DISTINCT fingerprint) FROM inbox_failure") == 2


def test_transient_is_tried_later_and_then_forgotten(world: World) -> None:
    one = delivery(approved("until:now"))
    assert world.inbox.handle(one) is Outcome.RETRY
    seconds = world.scalar("SELECT extract(epoch FROM next_attempt_at - last_failed_at) FROM inbox_failure")
    assert 4 <= seconds <= 6
    assert run_due(world) == 0, "not due yet"
    make_due(world)
    assert run_due(world) == 1
    assert world.rows("SELECT state, attempts FROM inbox_failure") == [("retry", 2)]
    assert 24 <= world.scalar("SELECT extract(epoch FROM next_attempt_at - last_failed_at) FROM inbox_failure") <= 36
    assert world.inbox.handle(one) is Outcome.REPEATED, "the runner has it now"
    world.execute("INSERT INTO opened VALUES ('now')")
    make_due(world)
    assert run_due(world) == 1
    assert states(world) == [] and applied(world) == [1]
    assert world.inbox.handle(one) is Outcome.REPEATED


def test_what_waits_since_the_clock_was_a_day_ahead_is_due(world: World) -> None:
    world.inbox.handle(delivery(approved("until:now")))
    world.execute("INSERT INTO opened VALUES ('now')")
    world.execute("UPDATE inbox_failure SET next_attempt_at = :at", at=world.clock.now() + timedelta(hours=7))
    assert run_due(world) == 0, "the longest delay there is"
    world.execute("UPDATE inbox_failure SET next_attempt_at = :at", at=world.clock.now() + timedelta(days=1))
    assert run_due(world) == 1 and applied(world) == [1]


def test_after_the_last_attempt_a_person_decides(world: World) -> None:
    world.inbox.handle(delivery(approved("until:never")))
    for _ in range(8):
        make_due(world)
        assert run_due(world) == 1
    assert states(world) == [("parked", "exhausted")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"body": b"\xff\xff\xff"}, "undecodable"),
        ({"content_type": "text/plain"}, "undecodable"),
        ({"content_type": "application/json", "body": b"{"}, "undecodable"),
        ({"event_id": None}, "undecodable"),
        ({"type": "prm.deals.registration.approved.v2"}, "unknown_type"),
        ({"type": "x\0y"}, "unknown_type"),
        ({"body": b"\0" * 2_000_000}, "oversize"),
    ],
)
def test_what_no_handler_could_read_is_parked_at_once(world: World, fields: dict[str, Any], reason: str) -> None:
    from chassis.events.envelope import from_properties

    one = delivery(approved(), **fields)
    if "type" in fields:  # as it comes from the wire
        wire = from_properties({"type": fields["type"], "message_id": str(uuid.uuid4())}, {"x": b"\xff", "n": None}, "")
        one = Delivery(FREE, wire, one.body)
    assert world.inbox.handle(one) is Outcome.PARKED
    assert states(world) == [("parked", reason)]


def test_json_is_read_too(world: World) -> None:
    body = b'{"registrationId": "reg_1", "number": "ok", "someday": 1}'
    assert world.inbox.handle(delivery(approved(), content_type="application/json", body=body)) is Outcome.APPLIED


def test_suspects_run_alone_and_are_parked_after_three_attempts(world: World) -> None:
    assert world.inbox.handle(delivery(approved(), deliveries=3)) is Outcome.SUSPECT
    assert applied(world) == []
    assert run_due(world) == 1
    assert applied(world) == [1] and states(world) == []
    world.inbox.handle(delivery(approved(), deliveries=3))
    world.execute("UPDATE inbox_failure SET attempts = 3")  # three runs that ended with their process
    assert run_due(world) == 1
    assert applied(world) == [1] and states(world) == [("parked", "crashed")]


def test_a_lost_ack_makes_no_suspect(world: World) -> None:
    one = delivery(approved())
    world.inbox.handle(one)
    world.inbox.handle(Delivery(one.consumer, one.envelope, one.body, 5))
    assert states(world) == [] and applied(world) == [1]


def test_ordered_waits_behind_what_failed_and_goes_on_in_order(world: World) -> None:
    events = [delivery(submitted("until:open" if seq == 2 else "ok"), seq) for seq in range(1, 6)]
    other = delivery(submitted(), 1, "registration/reg_2")
    outcomes = [world.inbox.handle(one) for one in [*events, other]]
    assert outcomes == [Outcome.APPLIED, Outcome.RETRY, Outcome.HELD, Outcome.HELD, Outcome.HELD, Outcome.APPLIED]
    make_due(world)
    run_due(world)
    assert states(world) == [("retry", "transient")] + [("held", "held")] * 3
    world.execute("INSERT INTO opened VALUES ('open')")
    make_due(world)
    assert run_due(world) == 4
    assert [tuple(row) for row in world.rows("SELECT aggregate, seq FROM effect ORDER BY id")] == [
        ("registration/reg_1", 1),
        ("registration/reg_2", 1),
        *[("registration/reg_1", seq) for seq in range(2, 6)],
    ]
    assert states(world) == []


def test_ordered_suspect_waits_for_an_earlier_one(world: World) -> None:
    first, second = delivery(submitted("until:open"), 1), delivery(submitted(), 2)
    world.inbox.handle(first)
    world.inbox.handle(Delivery(second.consumer, second.envelope, second.body, 3))
    assert run_due(world) == 1
    assert states(world) == [("retry", "transient"), ("held", "suspect")]
    world.execute("INSERT INTO opened VALUES ('open')")
    make_due(world)
    assert run_due(world) == 2
    assert applied(world) == [1, 2]


def test_the_handlers_own_events_and_its_cause(world: World) -> None:
    """A handler that stages an event: effect, inbox row and event are one transaction."""
    from chassis.events.subscriptions import Subscription

    def relays(event: Any, tx: Any) -> None:
        seen.append((tx.subject.id, tx.subject.on_behalf_of, tx.cause.causation_id))
        world.stage(approved(), "registration/reg_9", 1, tx.connection)
        if event.number == "fail":
            raise TypeError

    seen: list[tuple[str, str, str]] = []
    inbox = Inbox(world.work, [Subscription(type_of(type(approved())), "deals.free.v1", relays, type(approved()))], METRICS)
    good, bad = delivery(approved()), delivery(approved("fail"))
    inbox.handle(good), inbox.handle(bad)
    assert seen[0] == ("system:deals", "per_1", str(good.envelope.event_id))
    assert world.scalar("SELECT count(*) FROM outbox") == 1


def test_serialization_failures_are_repeated_at_once(world: World) -> None:
    from chassis.errors import Aborted
    from chassis.events.subscriptions import Subscription

    def races(event: Any, tx: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise Aborted("", reason="CONCURRENT_CHANGE")

    tries: list[int] = []
    inbox = Inbox(world.work, [Subscription(type_of(type(approved())), "deals.free.v1", races, type(approved()))], METRICS)
    assert inbox.handle(delivery(approved())) is Outcome.APPLIED
    assert len(tries) == 3


def test_database_away_decides_nothing(world: World) -> None:
    database = Database("postgresql+psycopg://nobody:x@127.0.0.1:1/none", pool_size=1, name="away")
    inbox = Inbox(SystemWork(SERVICE, database, world.clock, world.settings), subscriptions(), METRICS)
    for one in (delivery(approved()), delivery(approved(), body=b"\xff\xff"), delivery(approved(), deliveries=9)):
        with pytest.raises(DatabaseAway):
            inbox.handle(one)


def test_backend_ended_within_the_handler_counts_no_attempt(world: World) -> None:
    from chassis.events.subscriptions import Subscription

    def dies(event: Any, tx: Any) -> None:
        tx.connection.execute(sa.text("SELECT 1"))
        if len(tries) == 0:
            tries.append(1)
            pid = tx.connection.scalar(sa.text("SELECT pg_backend_pid()"))
            _terminate(world, pid)
            tx.connection.execute(sa.text("SELECT 1"))

    tries: list[int] = []
    inbox = Inbox(world.work, [Subscription(type_of(type(approved())), "deals.free.v1", dies, type(approved()))], METRICS)
    one = delivery(approved())
    with pytest.raises(DatabaseAway):
        inbox.handle(one)
    assert states(world) == []
    assert inbox.handle(one) is Outcome.APPLIED


def _terminate(world: World, pid: int) -> None:
    """A role may end its own sessions."""
    with world.database.reading() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
