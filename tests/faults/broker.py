"""The broker is killed in the middle of publishing, frozen, and out of memory."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from deploy.local import rabbitmq
from tests.bench.report import percentile
from tests.bus import notes
from tests.bus.world import World
from tests.faults.judge import judge, settled
from tests.faults.lab import Lab, crew
from tests.faults.load import Load, Plan
from tests.faults.report import Number, Result, at_least, at_most

RATE, FOREVER = 40.0, 10**9
USUAL_SECONDS = 20.0
KILLS, FREEZES, FROZEN_SECONDS = 10, 5, 30.0
ALARM_SECONDS, ALARM_RATE = 60.0, 100.0
Window = tuple[float, float]
PUBLISHED, POSITION = "SELECT published FROM log_head", "SELECT position FROM log_head"


def broker(lab: Lab) -> Iterator[Result]:
    """Killed, then frozen, under one load each."""
    yield _killed(lab)
    yield _frozen(lab)


def _killed(lab: Lab) -> Result:
    dice, seed, returns, windows = random.Random(lab.wishes.seed), lab.wishes.seed, [], []
    with lab.world() as world, crew(world, lab.folder) as people:
        load = Load(world, Plan(FOREVER, seed, RATE)).start()
        usual = [_window(USUAL_SECONDS)]
        for number in range(lab.times(KILLS)):
            burst = Load(world, Plan(400, seed + number, writers=1, body=1000), load.ledger, f"burst{number}").start()
            time.sleep(dice.uniform(0.05, 0.4))  # the runner is publishing it
            lab.broker.kill()
            began = time.monotonic()
            burst.join()
            time.sleep(2)
            windows.append((began, time.monotonic()))
            lab.broker.start()
            returns.append(_publishes_again(world, 60))
        ledger = load.stop()
        settled(world, ledger)
        numbers = [at_most("publishing after the port opened", max(returns), 15, "s"), _writes(ledger.commits, usual, windows)]
        text = f"{len(returns)} kills, {len(ledger.committed)} events, {notes.counted(people.notes)['repeated']} repeats dropped"
        return Result("broker killed", seed, numbers, judge(world, ledger), text)


def _frozen(lab: Lab) -> Result:
    seed, returns, usual, windows = lab.wishes.seed, [], [], []
    with lab.world() as world, crew(world, lab.folder) as people:
        load = Load(world, Plan(FOREVER, seed, RATE)).start()
        for _ in range(lab.times(FREEZES)):
            usual.append(_window(USUAL_SECONDS))  # in turns: the machine is not the same from minute to minute
            with lab.broker.frozen():
                windows.append(_window(FROZEN_SECONDS))
            returns.append(_publishes_again(world, 60))
        ledger = load.stop()
        settled(world, ledger)
        numbers = [
            at_most("publishing after it went on", max(returns), 15, "s"),
            at_most("longest wait for confirms", max(notes.publishing(people.notes), default=0), 11, "s"),
            _writes(ledger.commits, usual, windows),
        ]
        return Result(
            "broker frozen", seed, numbers, judge(world, ledger), f"{len(windows)} × {FROZEN_SECONDS:g} s, {len(ledger.committed)} events"
        )


def alarm(lab: Lab) -> Iterator[Result]:
    """Out of memory for a minute at 100 events/s: writes go on, and what has gathered is drained faster than it comes."""
    seed = lab.wishes.seed
    with lab.world() as world, crew(world, lab.folder):
        load = Load(world, Plan(FOREVER, seed, ALARM_RATE)).start()
        usual = [_window(USUAL_SECONDS)]
        try:
            rabbitmq.control(lab.broker.layout, "vm_memory_monitor:set_vm_memory_high_watermark(0.00001).")
            window = _window(ALARM_SECONDS)
        finally:
            rabbitmq.control(lab.broker.layout, "vm_memory_monitor:set_vm_memory_high_watermark(0.4).")
        before, began = _count(world), time.monotonic()
        while world.scalar(POSITION) - _count(world) > ALARM_RATE and time.monotonic() - began < 120:
            time.sleep(0.1)
        rate = (_count(world) - before) / (time.monotonic() - began)
        ledger = load.stop()
        settled(world, ledger)
        numbers = [at_least("applied ÷ staged while it caught up", rate / ALARM_RATE, 2), _writes(ledger.commits, usual, [window])]
        yield Result("alarm", seed, numbers, judge(world, ledger), f"{len(ledger.committed)} events, {rate:.0f} applied/s after the alarm")


def _count(world: World) -> int:
    return int(world.scalar("SELECT count(*) FROM effect"))


def _window(seconds: float) -> Window:
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def _publishes_again(world: World, limit: float) -> float:
    """Seconds until something more is published."""
    began, before = time.monotonic(), world.scalar(PUBLISHED)
    while world.scalar(PUBLISHED) == before and time.monotonic() - began < limit:
        time.sleep(0.05)
    return time.monotonic() - began


def _writes(commits: Sequence[tuple[float, float]], usual: Sequence[Window], windows: Sequence[Window]) -> Number:
    """What a commit costs during the outages against what it costs else, at the 99th percentile."""
    usually, during = ([took for when, took in commits if any(low <= when < high for low, high in spans)] for spans in (usual, windows))
    return at_most("p99 of a write ÷ usual", percentile(during, 99) / percentile(usually, 99), 1.2)
