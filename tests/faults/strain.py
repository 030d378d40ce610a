"""Nothing is dead, yet something is wrong: a slow handler, a clock that jumps, a runner that froze, a rolling restart."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from tests.bench.report import percentile
from tests.bus import notes
from tests.bus.processes import Process
from tests.bus.world import World
from tests.faults.judge import judge, settled
from tests.faults.lab import Lab, crew
from tests.faults.load import Load, Plan
from tests.faults.report import Result, at_most, exactly

FOREVER = 10**9
LATENCY = (
    "SELECT extract(epoch FROM effect.at - recorded_at) FROM effect JOIN event_log ON event_log.event_id::text = effect.event_id"
    " WHERE handler = 'ordered' AND effect.id > :after"
)
SLOW_SECONDS, OTHERS_RATE, SLOW_RATE = 30.0, 20.0, 10.0
JUMPS, JUMP_SECONDS, JUMP_RATE = (3600, -3600, 86_400, -86_400), 10.0, 40.0
FROZEN_SECONDS, FREEZES, STANDBY_RATE = 30.0, 3, 40.0
ROLLING_SECONDS, ROLLING_RATE, EVERY = 60.0, 100.0, 5.0


def slow(lab: Lab) -> Iterator[Result]:
    """One handler takes a second for each event, with more of them than it can do: the others of the service do not notice."""
    seed = lab.wishes.seed
    with lab.world() as world, crew(world, lab.folder):
        load = Load(world, Plan(FOREVER, seed, OTHERS_RATE, ordered=1.0)).start()
        time.sleep(5)
        usual = _latency(world, SLOW_SECONDS)
        sleepers = Load(world, Plan(FOREVER, seed, SLOW_RATE, writers=1, number="slow:1", ordered=0.0), load.ledger, "slow").start()
        time.sleep(5)
        during = _latency(world, SLOW_SECONDS)
        sleepers.stop()
        ledger = load.stop()
        settled(world, ledger)
        note = f"p99 {usual * 1000:.0f} ms usually, {during * 1000:.0f} ms beside {SLOW_RATE:g} slow events/s"
        yield Result("slow consumer", seed, [at_most("others' p99 ÷ usual", during / usual, 1.5)], judge(world, ledger), note)


def _latency(world: World, seconds: float) -> float:
    """The 99th percentile of commit → applied of the ordered handler over a while."""
    after = world.scalar("SELECT coalesce(max(id), 0) FROM effect")
    time.sleep(seconds)
    return percentile([float(row[0]) for row in world.rows(LATENCY, after=after)], 99)


def clocks(lab: Lab) -> Iterator[Result]:
    """The clock of all processes jumps by an hour and a day, forth and back, while events fail once and are tried again."""
    seed, file = lab.wishes.seed, lab.folder / "clock"
    file.write_text("0")
    with lab.world(file) as world, crew(world, lab.folder, TEST_CLOCK=str(file)):
        load = Load(world, Plan(FOREVER, seed, JUMP_RATE)).start()
        for number, jump in enumerate(JUMPS):
            time.sleep(JUMP_SECONDS / 2)
            file.write_text(str(jump))
            time.sleep(0.2)
            failing = Load(world, Plan(20, seed, writers=1, number=f"until:{number}"), load.ledger, f"late{number}").run()
            time.sleep(JUMP_SECONDS / 2)
            file.write_text("0")
            world.execute("INSERT INTO opened VALUES (:key)", key=str(number))
        ledger = load.stop()
        took = settled(world, ledger)
        yield Result("clock", seed, [], judge(world, ledger), f"±1 h, ±1 day; {len(failing.committed)} events, settled after {took:.0f} s")


def frozen(lab: Lab) -> Iterator[Result]:
    """One of two runners freezes for 30 s, with the head of the log locked or the publishing in its hands: the other goes on."""
    seed, gaps = lab.wishes.seed, []
    with lab.world() as world, crew(world, lab.folder, "runner", "consumer") as people:
        load = Load(world, Plan(FOREVER, seed, STANDBY_RATE)).start()
        for point in ("log.moved:2:STOP", "publish.sent:2:STOP", "log.numbered:2:STOP")[: lab.times(FREEZES)]:
            with Process(world, "runner", environment={"PRM_FAILPOINT": point}).start() as victim:
                people.kill(0)  # the victim publishes until it freezes, the other one is back by then
                if not _stopped(victim):
                    raise RuntimeError(f"no runner froze at {point}")
                gaps.append(_longest_gap(world, FROZEN_SECONDS))
                victim.send(signal.SIGCONT)
                time.sleep(3)
        ledger = load.stop()
        settled(world, ledger)
        numbers = [at_most("longest time nothing was published", max(gaps), 15, "s")]
        yield Result("frozen runner", seed, numbers, judge(world, ledger), f"frozen at three places: {gaps} s")


def _stopped(victim: Process, seconds: float = 30) -> bool:
    """Whether the process froze, as the kernel says."""
    assert victim.running
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (Path("/proc") / str(victim.running.pid) / "stat").read_text().rpartition(")")[2].split()[0] == "T":
            return True
        time.sleep(0.05)
    return False


def _longest_gap(world: World, seconds: float) -> float:
    end = time.monotonic() + seconds
    before, moved, longest = -1, time.monotonic(), 0.0
    while time.monotonic() < end:
        now = world.scalar("SELECT published FROM log_head")
        if now != before:
            before, moved = now, time.monotonic()
        longest = max(longest, time.monotonic() - moved)
        time.sleep(0.05)
    return round(longest, 1)


def rolling(lab: Lab) -> Iterator[Result]:
    """Every process in turn is told to end, and another takes its place, at 100 events a second."""
    seed, codes = lab.wishes.seed, []
    roles = ("runner", "consumer", "runner", "consumer")
    with lab.world() as world, crew(world, lab.folder, *roles) as people:
        load = Load(world, Plan(FOREVER, seed, ROLLING_RATE)).start()
        end = time.monotonic() + ROLLING_SECONDS * lab.wishes.scale
        for place in cycle(range(len(roles))):
            if time.monotonic() > end:
                break
            time.sleep(EVERY)
            people.resting.add(place)
            codes.append(people.processes[place].end(seconds=30))
            people.processes[place].start(wait=False)
            people.resting.discard(place)
        ledger = load.stop()
        settled(world, ledger)
        redelivered = notes.counted(people.notes)["redelivered"]
        numbers = [exactly("redeliveries", redelivered, 0), exactly("ended otherwise than 0", sum(code != 0 for code in codes), 0)]
        yield Result("rolling SIGTERM", seed, numbers, judge(world, ledger), f"{len(codes)} restarts, {len(ledger.committed)} events")
