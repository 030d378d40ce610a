"""Jobs run once, when due; what is paused or cancelled does not."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from chassis.cause import Cause
from chassis.runner.housekeeping import put_right
from chassis.runner.jobs import Jobs
from tests.bus.world import METRICS, World, until


def schedule(world: World, kind: str, key: str, seconds: float = 0, **payload: object) -> None:
    with world.work.transaction(Cause()) as tx:
        tx.schedule(kind, key, tx.now + timedelta(seconds=seconds), payload)


def ran(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT key FROM run ORDER BY at")]


def drain(jobs: Jobs) -> int:
    count = 0
    while jobs.run_clock() or jobs.run_effect():
        count += 1
    return count


def test_due_ones_run_once_in_their_order(world: World) -> None:
    for key, seconds in (("b", -1), ("a", -2), ("later", 60)):
        schedule(world, "test.clock", key, seconds)
    schedule(world, "test.effect", "mail", -1)
    schedule(world, "other.kind", "x", -1)
    assert drain(Jobs(world.work, METRICS)) == 3
    assert ran(world)[:2] == ["a", "b"] and "mail" in ran(world)
    assert sorted(row[0] for row in world.rows("SELECT key FROM jobs")) == ["later", "x"]


def test_four_workers_run_each_job_once(world: World) -> None:
    for number in range(200):
        schedule(world, "test.clock" if number % 2 else "test.effect", f"job_{number}", -1)
    threads = [threading.Thread(target=drain, args=(Jobs(world.work, METRICS),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran(world)) == sorted(f"job_{number}" for number in range(200))
    assert world.scalar("SELECT count(*) FROM jobs") == 0


def test_paused_and_cancelled(world: World) -> None:
    for key in ("paused", "cancelled"):
        schedule(world, "test.clock", key, -1)
    schedule(world, "test.clock", "paused", 3600)
    with world.work.transaction(Cause()) as tx:
        tx.cancel("test.clock", "cancelled")
    assert drain(Jobs(world.work, METRICS)) == 0 and ran(world) == []
    assert [row[0] for row in world.rows("SELECT key FROM jobs")] == ["paused"]


def test_a_handler_may_schedule_its_own_next_run(world: World) -> None:
    again = world.clock.now() + timedelta(hours=1)
    schedule(world, "test.clock", "daily", -1, again=again.isoformat())
    assert drain(Jobs(world.work, METRICS)) == 1
    assert world.rows("SELECT key, due_at, attempts FROM jobs") == [("daily", again, 0)]


def test_failures_are_written_down_and_have_no_effect(world: World) -> None:
    schedule(world, "test.clock", "transient", -1, fail="transient")
    schedule(world, "test.clock", "permanent", -1, fail="permanent")
    jobs = Jobs(world.work, METRICS)
    assert drain(jobs) == 2 and ran(world) == []
    rows = {row.key: row for row in world.rows("SELECT * FROM jobs")}
    assert rows["transient"].attempts == 1 and rows["transient"].parked_at is None and rows["transient"].due_at > world.clock.now()
    assert rows["permanent"].parked_at is not None and "FailedPrecondition" in rows["permanent"].last_error
    for _ in range(8):
        world.execute("UPDATE jobs SET due_at = :now WHERE key = 'transient'", now=world.clock.now())
        assert drain(jobs) == 1
    assert world.scalar("SELECT count(*) FROM jobs WHERE parked_at IS NOT NULL") == 2


def test_a_command_waits_for_the_job_it_would_cancel(world: World) -> None:
    """Either the job has run or it never does; not both."""
    schedule(world, "test.effect", "slow", -1, sleep=0.5)
    thread = threading.Thread(target=Jobs(world.work, METRICS).run_effect)
    thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    with world.work.transaction(Cause()) as tx:
        tx.cancel("test.effect", "slow")
    assert time.monotonic() - began > 0.2
    thread.join()
    assert ran(world) == ["slow"]


def test_two_effects_at_once_and_clocks_beside_them(world: World) -> None:
    for number in range(4):
        schedule(world, "test.effect", f"mail_{number}", -1, sleep=1.0)
    schedule(world, "test.clock", "clock", -1)
    runner = world.runner()
    runner.start()
    try:
        began = time.monotonic()
        until(lambda: "clock" in ran(world))
        assert time.monotonic() - began < 1.0
        until(lambda: len(ran(world)) == 5)
        assert 1.9 < time.monotonic() - began < 3.8
    finally:
        runner.stop()


def test_an_effect_that_hangs_loses_its_turn(world: World, monkeypatch) -> None:
    monkeypatch.setattr("chassis.runner.jobs.EFFECT_LIMIT", timedelta(milliseconds=300))
    schedule(world, "test.effect", "hangs", -1, sleep=0.8)
    jobs = Jobs(world.work, METRICS)
    jobs.run_effect()
    (row,) = world.rows("SELECT attempts, parked_at, due_at FROM jobs")
    assert row.attempts == 1 and row.parked_at is None and row.due_at > world.clock.now()
    assert ran(world) == []


def test_a_kind_of_a_newer_release_waits_and_wakes_nobody(world: World) -> None:
    schedule(world, "newer.kind", "x", -1)
    relay = world.relay()
    try:
        relay.step()
        assert not relay.work_due.is_set()
        schedule(world, "test.clock", "y", -1)
        relay.step()
        assert relay.work_due.is_set()
    finally:
        relay.close()
    assert drain(Jobs(world.work, METRICS)) == 1
    assert [row[0] for row in world.rows("SELECT key FROM jobs WHERE parked_at IS NULL")] == ["x"]


def test_what_failed_while_the_clock_was_a_day_ahead_is_due(world: World) -> None:
    """And no other: a job that never failed may be years away."""
    for key, seconds in (("failed", 86_400), ("soon", 6 * 3600), ("far", 86_400)):
        schedule(world, "test.clock", key, seconds)
    world.execute("UPDATE jobs SET attempts = 1 WHERE key IN ('failed', 'soon')")
    with world.database.reading() as connection:
        put_right(connection, world.clock.now())
    assert drain(Jobs(world.work, METRICS)) == 1 and ran(world) == ["failed"]
