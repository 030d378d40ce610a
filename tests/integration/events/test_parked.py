"""What a person does with parked events."""

from __future__ import annotations

import pytest

from chassis.consumer.inbox import Outcome
from chassis.consumer.parked import Selection, discard, groups, replay, show
from chassis.errors import InvalidArgument
from chassis.events.republish import republish
from tests.bus.world import World, approved, submitted
from tests.integration.events.test_inbox import applied, delivery, run_due, states


def park(world: World, number: int) -> None:
    for seq in range(1, number + 1):
        world.inbox.handle(delivery(approved("until:open"), seq, f"registration/reg_{seq}"))
    world.execute("UPDATE inbox_failure SET state = 'parked', reason = 'exhausted'")


def test_replay_applies_once_and_a_second_replay_nothing(world: World) -> None:
    park(world, 20)
    world.execute("INSERT INTO opened VALUES ('open')")
    with world.connection() as connection:
        (group,) = groups(connection)
        assert group.number == 20 and group.consumer == "deals.free"
        assert replay(connection, Selection(fingerprint=group.fingerprint), "operator:ada", world.clock.now(), 1e9) == 20
    assert run_due(world) == 20
    assert sorted(applied(world)) == list(range(1, 21)) and states(world) == []
    with world.connection() as connection:
        assert replay(connection, Selection(everything=True), "operator:ada", world.clock.now()) == 0
    assert len(applied(world)) == 20
    assert world.scalar("SELECT count(*) FROM audit_outbox WHERE action = 'event.replay' AND actor = 'operator:ada'") == 20


def test_replays_are_spread(world: World) -> None:
    park(world, 10)
    now = world.clock.now()
    with world.connection() as connection:
        replay(connection, Selection(everything=True), "operator:ada", now, rate=10)
    assert [round((row[0] - now).total_seconds(), 1) for row in world.rows("SELECT next_attempt_at FROM inbox_failure ORDER BY id")] == [
        place / 10 for place in range(10)
    ]


def test_discard_lets_go_on_what_waited(world: World) -> None:
    outcomes = [world.inbox.handle(delivery(submitted("permanent" if seq == 1 else "ok"), seq)) for seq in (1, 2, 3)]
    assert outcomes == [Outcome.PARKED, Outcome.HELD, Outcome.HELD]
    assert run_due(world) == 0
    with world.connection() as connection:
        assert discard(connection, Selection(ids=[1]), "operator:ada", world.clock.now(), "wrong by nature") == 1
    assert run_due(world) == 2
    assert applied(world) == [2, 3]
    assert world.rows("SELECT state, resolved_by, error FROM inbox_failure") == [("discarded", "operator:ada", "wrong by nature")]


def test_nothing_selected_is_refused(world: World) -> None:
    with world.connection() as connection, pytest.raises(InvalidArgument):
        replay(connection, Selection(), "operator:ada", world.clock.now())


def test_show(world: World) -> None:
    world.inbox.handle(delivery(approved("permanent")))
    with world.connection() as connection:
        found = show(connection, 1)
        assert found["data"]["number"] == "permanent" and found["reason"] == "permanent" and "FailedPrecondition" in found["error"]
        with pytest.raises(InvalidArgument):
            show(connection, 99)


def test_republish(world: World) -> None:
    relay = world.relay()
    try:
        for seq in range(1, 6):
            world.stage(approved(), "registration/reg_1", seq)
        while not relay.step() and world.scalar("SELECT published FROM log_head") < 5:
            pass
        with world.connection() as connection:
            assert republish(connection, 3, world.clock.now()) == 3
        assert world.scalar("SELECT published FROM log_head") == 2
        relay.step()
        assert world.scalar("SELECT published FROM log_head") == 5
        with world.connection() as connection, pytest.raises(InvalidArgument, match="no position 6"):
            republish(connection, 6, world.clock.now())
        world.owner_execute("UPDATE event_log SET recorded_at = recorded_at - interval '401 days' WHERE position = 1")
        with world.connection() as connection, pytest.raises(InvalidArgument, match="older than 400 days"):
            republish(connection, 1, world.clock.now())
    finally:
        relay.close()
