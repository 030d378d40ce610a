"""Real consumer and runner processes: what they do when all is well, when they are told to end, and when a message kills them."""

from __future__ import annotations

import time
from contextlib import closing

import amqp
import pytest

from chassis.events.broker import connect
from tests.bus.processes import Process, process
from tests.bus.proxy import Proxy
from tests.bus.world import World, approved, submitted, until

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def channel(world: World):
    connection = connect(world.amqp, "test")
    channel = connection.channel()
    for queue in world.queues():
        channel.queue_purge(queue.name)
    yield channel
    connection.close()


def applied(world: World) -> int:
    return int(world.scalar("SELECT count(*) FROM effect"))


def test_from_commit_to_effect(world: World, channel: amqp.Channel) -> None:
    with process(world, "consumer") as consumer, process(world, "runner") as runner:
        began = time.monotonic()
        world.stage(approved(), "registration/reg_1", 1, traceparent=TRACE)
        until(lambda: applied(world) == 1)
        assert time.monotonic() - began < 5
        for seq in range(1, 51):
            world.stage(approved() if seq % 2 else submitted(), f"registration/reg_{seq % 5}", seq + 1)
        until(lambda: applied(world) == 51)
        assert world.scalar("SELECT count(DISTINCT event_id) FROM effect") == 51
        assert world.scalar("SELECT traceparent FROM effect WHERE seq = 1").split("-")[1] == TRACE.split("-")[1]
        assert consumer.end() == 0 and runner.end() == 0
        assert b'"level": "error"' not in consumer.log() + runner.log(), consumer.log().decode() + runner.log().decode()


def test_sigterm_finishes_what_is_in_flight(world: World, channel: amqp.Channel) -> None:
    with process(world, "runner"), process(world, "consumer") as consumer:
        for seq in range(1, 41):
            world.stage(approved("slow:1"), f"registration/reg_{seq}", 1)
        until(lambda: world.scalar("SELECT position = published AND position = 40 FROM log_head"))
        time.sleep(0.3)
        began = time.monotonic()
        assert consumer.end() == 0
        assert time.monotonic() - began < 20
        assert applied(world) == 40, "prefetched deliveries were finished"
        assert channel.basic_get("deals.free.v1") is None, "nothing is to be handed out again"


def test_the_next_consumer_in_order_begins_with_what_the_last_one_left(world: World, channel: amqp.Channel) -> None:
    with process(world, "runner"), process(world, "consumer") as first:
        world.stage(submitted(), "registration/slow", 1)
        until(lambda: applied(world) == 1)
        with process(world, "consumer"):
            world.stage(submitted("slow:4"), "registration/slow", 2)
            until(lambda: at_work(world) == 1)
            for seq in range(1, 61):
                world.stage(submitted(), f"registration/reg_{seq % 3}", seq)
            until(lambda: world.scalar("SELECT position = published AND position = 62 FROM log_head"))
            assert first.end() == 0
            until(lambda: applied(world) == 62)
        seqs = [row[0] for row in world.rows("SELECT seq FROM effect WHERE aggregate <> 'registration/slow' ORDER BY id")]
        assert [[seq for seq in seqs if seq % 3 == rest] for rest in range(3)] == [list(range(rest or 3, 61, 3)) for rest in range(3)]
        assert world.rows("SELECT * FROM inbox_failure") == []


def test_what_a_consumer_without_its_database_leaves_comes_before_the_rest(world: World, channel: amqp.Channel) -> None:
    with (
        closing(Proxy(world.url)) as proxy,
        process(world, "runner"),
        Process(world, "consumer", environment={"TEST_URL": proxy.url}).start() as first,
    ):
        world.stage(submitted(), "registration/one", 1)
        until(lambda: applied(world) == 1)
        with process(world, "consumer"):
            proxy.cut()
            for seq in range(2, 42):
                world.stage(submitted(), "registration/one", seq)
            until(lambda: world.scalar("SELECT position = published AND position = 41 FROM log_head"))
            time.sleep(1.5)
            assert applied(world) == 1, "it has them, and waits for its database"
            assert first.end() == 0
            until(lambda: applied(world) == 41)
        assert [row[0] for row in world.rows("SELECT seq FROM effect ORDER BY id")] == list(range(1, 42))


def at_work(world: World) -> int:
    """Transactions that hold an aggregate in its order."""
    return int(world.scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"))


def test_a_slow_handler_leaves_a_worker_to_the_other_queue(world: World, channel: amqp.Channel) -> None:
    with process(world, "runner"), process(world, "consumer"):
        for seq in range(1, 13):
            world.stage(approved("slow:3"), f"registration/reg_{seq}", 1)
        until(lambda: world.scalar("SELECT position = published AND position = 12 FROM log_head"))
        time.sleep(0.5)
        world.stage(submitted(), "registration/other", 1)
        until(lambda: world.scalar("SELECT count(*) FROM effect WHERE handler = 'ordered'") == 1, 2)
        assert applied(world) == 1, "the slow ones are still at it"
        until(lambda: applied(world) == 13, 15)


def test_slow_ones_are_shared_among_the_workers(world: World, channel: amqp.Channel) -> None:
    """Twelve of a second each on five workers: three seconds, where one worker with eight of them took eight."""
    for seq in range(1, 13):
        world.stage(approved("slow:1"), f"registration/reg_{seq}", 1)
    with process(world, "runner"):
        until(lambda: world.scalar("SELECT position = published AND position = 12 FROM log_head"))
    with process(world, "consumer"):
        until(lambda: applied(world) == 12, 6)


def test_stays_and_ends_while_the_broker_is_away(world: World) -> None:
    """No broker listens there: it keeps trying, and SIGTERM ends it within 15 s."""
    with process(world, "consumer", "amqp://guest:guest@127.0.0.1:1/", wait=False) as consumer:
        consumer.wait_for(b"broker_away")
        time.sleep(1)
        assert consumer.code() is None
        began = time.monotonic()
        consumer.end(seconds=15)
        assert time.monotonic() - began < 15


def test_a_crasher_takes_nobody_with_it_and_is_parked(world: World, channel: amqp.Channel) -> None:
    crasher = world.stage(approved("crash:1"), "registration/reg_0", 1)
    for seq in range(1, 31):
        world.stage(approved(), f"registration/reg_{seq}", 1)
    with process(world, "runner") as runner, process(world, "consumer", wait=False) as consumer:
        end = time.monotonic() + 60
        while not world.rows("SELECT 1 FROM inbox_failure WHERE state = 'parked'"):
            for part in (runner, consumer):  # what an orchestrator does
                if part.code() is not None:
                    assert part.code() == 9
                    part.start(wait=False)
            assert time.monotonic() < end
            time.sleep(0.1)
        until(lambda: applied(world) == 30)
        failure = world.rows("SELECT state, reason, event_id::text FROM inbox_failure WHERE state = 'parked'")
        assert failure == [("parked", "crashed", crasher)]
        assert 4 <= world.scalar("SELECT count(*) FROM run") <= 8
        until(lambda: not world.rows("SELECT 1 FROM inbox_failure WHERE state <> 'parked'"))


def test_what_the_broker_gave_up_on_is_moved_into_the_table(world: World, channel: amqp.Channel) -> None:
    body = approved().SerializeToString()
    properties = {"message_id": "01890a5d-ac96-774b-bcce-b302099a8057", "type": "prm.deals.registration.approved.v1"}
    channel.basic_publish(amqp.Message(body, delivery_mode=2, **properties), "", "deals.free.v1")
    for _ in range(21):
        got: list[amqp.Message] = []
        until(lambda got=got: got.append(channel.basic_get("deals.free.v1")) or got[-1] is not None)
        channel.basic_reject(got[-1].delivery_tag, requeue=True)
    with process(world, "consumer"):
        until(lambda: world.rows("SELECT 1 FROM inbox_failure"))
    rows = world.rows("SELECT consumer, state, reason, event_id::text, type FROM inbox_failure")
    assert rows == [("deals.free", "parked", "delivery_limit", properties["message_id"], properties["type"])]


def test_database_away_and_back(world: World, channel: amqp.Channel) -> None:
    """Sessions are ended while events flow: nothing is lost, doubled, counted or parked."""
    with process(world, "runner"), process(world, "consumer"):
        for seq in range(1, 201):
            world.stage(approved(), f"registration/reg_{seq % 20}", seq)
            if seq % 40 == 0:
                world.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'deals-%'"
                )
        until(lambda: applied(world) == 200, 30)
        assert world.scalar("SELECT count(DISTINCT event_id) FROM effect") == 200
        assert world.scalar("SELECT count(*) FROM inbox_failure") == 0
