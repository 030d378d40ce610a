"""What was committed is numbered, in order and without gaps, and published; what was rolled back never was."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import amqp
import pytest

from chassis.events.broker import connect
from chassis.events.reading import Query, list_events
from chassis.events.topology import Queue, TopologyMismatch, declare
from chassis.runner.relay import Relay
from tests.bus.world import APPROVED, NAME, World, approved, until


def drain(relay: Relay, rounds: int = 200) -> None:
    """Step until nothing is left to do."""
    for _ in range(rounds):
        if not relay.step():
            break


def taken(channel: amqp.Channel, queue: str) -> list[amqp.Message]:
    """All messages of a queue, acknowledged."""
    found = []
    while (message := channel.basic_get(queue)) is not None:
        channel.basic_ack(message.delivery_tag)
        found.append(message)
    return found


def rolled_back(world: World, aggregate: str, seq: int) -> None:
    """A transaction that staged an event and then failed."""
    with world.connection() as connection:
        world.stage(approved(), aggregate, seq, connection)
        raise ZeroDivisionError


@pytest.fixture
def channel(world: World):
    connection = connect(world.amqp, "test")
    channel = connection.channel()
    for queue in world.queues():
        channel.queue_purge(queue.name)
    yield channel
    connection.close()


@pytest.fixture
def relay(world: World):
    relay = world.relay()
    yield relay
    relay.close()


def test_rolled_back_leaves_nothing(world: World, relay: Relay, channel: amqp.Channel) -> None:
    with suppress(ZeroDivisionError):
        rolled_back(world, "registration/reg_1", 1)
    kept = world.stage(approved(), "registration/reg_2", 1)
    drain(relay)
    assert [message.properties["message_id"] for message in taken(channel, "deals.free.v1")] == [kept]
    assert world.rows("SELECT position, event_id::text FROM event_log") == [(1, kept)]
    assert world.scalar("SELECT published FROM log_head") == 1


def test_envelope_on_the_wire(world: World, relay: Relay, channel: amqp.Channel) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    event_id = world.stage(approved("DR-1"), "registration/reg_1", 7, traceparent=trace)
    drain(relay)
    (message,) = taken(channel, "deals.free.v1")
    headers = message.headers
    assert message.properties["message_id"] == event_id
    assert message.properties["type"] == APPROVED == message.delivery_info["routing_key"]
    assert message.properties["content_type"] == "application/protobuf"
    assert message.properties["delivery_mode"] == 2
    assert headers["specversion"] == "1.0" and headers["source"] == "/prm/deals" and headers["subject"] == "registration/reg_1"
    assert headers["aggregate_seq"] == 7 and headers["position"] == 1 and headers["actor"] == "per_1"
    assert headers["traceparent"] == trace and headers["correlation_id"] == event_id
    assert {name for name in headers if name.startswith("x-")} <= {"x-delivery-count"}  # the broker adds it
    assert type(approved()).FromString(message.body).number == "DR-1"


def test_two_relays_eight_writers_no_gap_no_inversion(world: World, channel: amqp.Channel) -> None:
    stopping, committed, lock = threading.Event(), [], threading.Lock()

    def write(number: int) -> None:
        dice = random.Random(number)
        for seq in range(1, 26):
            aggregate = f"registration/reg_{number}"
            if dice.random() < 0.2:
                with suppress(ZeroDivisionError):
                    rolled_back(world, aggregate, seq)
            event_id = world.stage(approved(), aggregate, seq)
            with lock:
                committed.append(event_id)

    relays = [threading.Thread(target=world.relay().run, args=(stopping,)) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in relays + writers:
        thread.start()
    for thread in writers:
        thread.join()
    until(lambda: world.scalar("SELECT count(*) FROM outbox") == 0 and world.scalar("SELECT position = published FROM log_head"))
    stopping.set()
    for thread in relays:
        thread.join()
    log = world.rows("SELECT position, event_id::text, aggregate, aggregate_seq FROM event_log ORDER BY position")
    assert [row.position for row in log] == list(range(1, len(committed) + 1))
    assert {row.event_id for row in log} == set(committed)
    assert_in_order([(row.aggregate, row.aggregate_seq) for row in log])
    messages = taken(channel, "deals.free.v1")
    assert sorted(message.properties["message_id"] for message in messages) == sorted(committed), "each once: one of the two publishes"
    assert_in_order([(message.headers["subject"], message.headers["aggregate_seq"]) for message in messages])


def assert_in_order(events: list[tuple[str, int]]) -> None:
    by_aggregate: dict[str, list[int]] = defaultdict(list)
    for aggregate, seq in events:
        by_aggregate[aggregate].append(seq)
    for aggregate, seqs in by_aggregate.items():
        assert seqs == sorted(seqs), aggregate


def test_returned_is_held_and_later_ones_of_the_aggregate_behind_it(world: World, relay: Relay, channel: amqp.Channel) -> None:
    """A queue that is missing is an alarm, not a loss."""
    channel.queue_delete("deals.free.v1")
    try:
        first = world.stage(approved(), "registration/reg_1", 1)
        drain(relay)
        assert world.rows("SELECT position, last_error, attempts FROM outbox_held") == [(1, "returned", 1)]
    finally:
        world.declare()
    second, other = world.stage(approved(), "registration/reg_1", 2), world.stage(approved(), "registration/reg_2", 1)
    drain(relay)
    assert world.rows("SELECT position, last_error FROM outbox_held ORDER BY position") == [(1, "returned"), (2, "behind")]
    until(lambda: not relay.step() and world.scalar("SELECT count(*) FROM outbox_held") == 0)
    ids = [message.properties["message_id"] for message in taken(channel, "deals.free.v1")]
    assert ids == [other, first, second]


def test_held_while_the_clock_was_a_day_ahead_is_tried_at_once(world: World, relay: Relay, channel: amqp.Channel) -> None:
    channel.queue_delete("deals.free.v1")
    try:
        held = world.stage(approved(), "registration/reg_1", 1)
        drain(relay)
    finally:
        world.declare()
    world.execute("UPDATE outbox_held SET next_attempt_at = :at", at=world.clock.now() + timedelta(days=1))
    until(lambda: not relay.step() and world.scalar("SELECT count(*) FROM outbox_held") == 0)
    assert [message.properties["message_id"] for message in taken(channel, "deals.free.v1")] == [held]


def test_a_runner_that_froze_with_the_head_locked_loses_it(world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.runner.relay.IDLE_MS", 500)
    frozen = world.relay()
    try:
        holding = frozen._connected()
        holding.execute("BEGIN")
        holding.execute("SELECT position FROM log_head FOR UPDATE")
        world.stage(approved(), "registration/reg_1", 1)
        began = time.monotonic()
        drain(relay)
        assert world.scalar("SELECT position FROM log_head") == 1
        assert time.monotonic() - began < 5
    finally:
        frozen.close()


def test_a_runner_that_froze_while_it_published_is_not_waited_for(world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.runner.relay.ASLEEP_MS", 500)
    frozen = world.relay()
    try:
        world.stage(approved(), "registration/reg_1", 1)
        drain(frozen)
        assert world.scalar("SELECT published FROM log_head") == 1
        world.stage(approved(), "registration/reg_1", 2)
        drain(relay)
        assert world.scalar("SELECT published FROM log_head") == 1, "the other one publishes"
        until(lambda: not relay.step() and world.scalar("SELECT published FROM log_head") == 2, 5)
    finally:
        frozen.close()


def test_nacked_is_held(world: World, relay: Relay) -> None:
    """A full queue refuses; what it refused comes again when there is room."""
    queue = Queue(
        "deals.full.v1", {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-max-length": 1}, [(f"{NAME}.events", APPROVED)]
    )
    declare(world.amqp, [f"{NAME}.events"], [queue])
    connection = connect(world.amqp, "test")
    channel = connection.channel()
    try:
        events: list[str] = []
        while not events or world.scalar("SELECT count(*) FROM outbox_held") == 0:  # the limit is soft: a few pass
            events.append(world.stage(approved(), f"registration/reg_{len(events)}", 1))
            drain(relay)
            assert len(events) < 20
        assert world.rows("SELECT last_error FROM outbox_held") == [("nacked",)]
        found = [message.properties["message_id"] for message in taken(channel, queue.name)]
        until(lambda: not relay.step() and world.scalar("SELECT count(*) FROM outbox_held") == 0)
        found += [message.properties["message_id"] for message in taken(channel, queue.name)]
        assert sorted(set(found)) == sorted(events)
    finally:
        channel.queue_delete(queue.name)
        connection.close()


def test_other_arguments_are_a_mismatch_that_says_what(world: World) -> None:
    with pytest.raises(TopologyMismatch, match="x-delivery-limit"):
        declare(world.amqp, [], [Queue("deals.parked", {"x-queue-type": "quorum", "x-delivery-limit": 3})])


def test_reading_by_position(world: World, relay: Relay) -> None:
    for seq in range(1, 6):
        world.stage(approved(), f"registration/reg_{seq % 2}", seq)
    drain(relay)
    with world.database.reading() as connection:
        events, following = list_events(connection, Query(after=1, limit=2))
        assert [event.position for event in events] == [2, 3] and following == 3
        events, following = list_events(connection, Query(after=0, subject="registration/reg_0"))
        assert [event.position for event in events] == [2, 4] and following == 5
        assert list_events(connection, Query(after=5)) == ([], 5)
        assert list_events(connection, Query(types=["prm.deals.registration.rejected.v1"])) == ([], 5)
