"""The short form of the fault tests: processes are killed while events flow, and nothing is lost, doubled or out of order."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import pytest

from tests.bus.processes import Process, process
from tests.bus.world import World, approved, submitted, until

EVENTS, AGGREGATES, KILLS, WRITERS = 2000, 40, 10, 2
DRAIN_SECONDS = 120  # a few on a machine that has nothing else to do
STATE = (
    "SELECT position, published, (SELECT count(*) FROM outbox) AS staged, (SELECT count(*) FROM effect) AS effects,"
    " (SELECT string_agg(state || ' ' || reason, ', ') FROM inbox_failure) AS kept FROM log_head"
)
SEED = int(os.environ.get("PRM_TEST_SEED", "7"))


@dataclass
class Ledger:
    """What was committed and what was rolled back, kept where no fault reaches."""

    committed: set[str] = field(default_factory=set)
    ghosts: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def write(world: World, ledger: Ledger, writer: int) -> None:
    """Stage this writer's share: one event a transaction, one in ten rolled back and repeated."""
    dice = random.Random(SEED + writer)
    seqs: dict[str, int] = defaultdict(int)
    for _ in range(EVENTS // WRITERS):
        aggregate = f"registration/reg_{writer}_{dice.randrange(AGGREGATES // WRITERS)}"
        seqs[aggregate] += 1
        message = approved() if dice.random() < 0.5 else submitted()
        if dice.random() < 0.1:
            with suppress(ZeroDivisionError), world.connection() as connection:
                ghost = world.stage(message, aggregate, seqs[aggregate], connection)
                ledger.ghosts.add(ghost)
                _ = 1 / 0
        event_id = world.stage(message, aggregate, seqs[aggregate])
        with ledger.lock:
            ledger.committed.add(event_id)
        time.sleep(0.005)


def kill_some(processes: list[Process]) -> None:
    dice = random.Random(SEED)
    for _ in range(KILLS):
        victim = dice.choice(processes)
        victim.end(9)
        victim.start(wait=False)
        time.sleep(dice.uniform(0.8, 1.6))


def settled(world: World, ledger: Ledger) -> bool:
    kept, effects = world.rows("SELECT (SELECT count(*) FROM inbox_failure), (SELECT count(DISTINCT event_id) FROM effect)")[0]
    return bool(kept == 0 and effects == len(ledger.committed))


@pytest.mark.timeout(240)
def test_kills_lose_nothing_and_double_nothing(world: World) -> None:
    ledger = Ledger()
    with ExitStack() as stack:
        processes = [stack.enter_context(process(world, role)) for role in ("runner", "consumer", "runner", "consumer")]
        writers = [threading.Thread(target=write, args=(world, ledger, number)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        kill_some(processes)
        for writer in writers:
            writer.join()
        began = time.monotonic()
        try:
            until(lambda: settled(world, ledger), DRAIN_SECONDS, 0.2)
        finally:
            print(f"seed {SEED}, drained after {time.monotonic() - began:.1f} s", *world.rows(STATE))
        time.sleep(0.5)
    rows = world.rows("SELECT handler, aggregate, seq, event_id FROM effect ORDER BY id")
    assert len(ledger.committed) == EVENTS and len(ledger.ghosts) > 50
    assert {row.event_id for row in rows} == ledger.committed, "nothing lost, no ghost"
    assert len(rows) == EVENTS, "each effect exactly once"
    last: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.handler == "ordered":
            assert row.seq > last[row.aggregate], f"{row.aggregate}: {row.seq} after {last[row.aggregate]}"
            last[row.aggregate] = row.seq
    log = world.rows("SELECT position, aggregate, aggregate_seq FROM event_log ORDER BY position")
    assert [row.position for row in log] == list(range(1, EVENTS + 1))
