"""Runners and consumers are killed while events flow, and ended at each failpoint."""

from __future__ import annotations

import random
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from chassis.failpoints import FAILPOINTS
from tests.bus import notes
from tests.bus.processes import Process
from tests.bus.world import World
from tests.faults.database import end_sessions
from tests.faults.judge import judge, settled
from tests.faults.lab import Crew, Lab, crew
from tests.faults.load import Ledger, Load, Plan
from tests.faults.report import Result, at_most, exactly

EVENTS, KILLS, SECONDS, SEEDS = 20_000, 50, 60.0, 3
BATCH, PREFETCH = 200, 80
ROUNDS, ROUND_RATE, ROUND_SECONDS = 20, 60.0, 30.0
RUNNER_POINTS = 5  # the first five of FAILPOINTS are a runner's


def kills(lab: Lab) -> Iterator[Result]:
    """Three seeds, each with a world of its own."""
    for seed in range(lab.wishes.seed, lab.wishes.seed + SEEDS):
        with lab.world() as world, crew(world, lab.folder, "runner", "consumer", "runner", "consumer") as people:
            yield _killed(lab, world, people, seed)


def _killed(lab: Lab, world: World, people: Crew, seed: int) -> Result:
    number = lab.times(KILLS)
    load = Load(world, Plan(lab.events(EVENTS), seed, EVENTS / SECONDS)).start()
    dice = random.Random(seed)
    for _ in range(number):
        people.kill(dice.randrange(len(people.processes)))
        time.sleep(dice.uniform(0.5, 1.5) * SECONDS / KILLS)
    ledger = load.join()
    took = settled(world, ledger)
    died = sum(code == -signal.SIGKILL for _, code in people.ended)
    repeated = notes.counted(people.notes)["repeated"]
    return Result(
        "kills",
        seed,
        [
            at_most("duplicates suppressed", repeated, number * (BATCH + PREFETCH)),
            at_most("drained after", took, 30, "s"),
        ],
        judge(world, ledger),
        f"{len(ledger.committed)} events, {len(ledger.ghosts)} rolled back, {died} kills",
    )


def failpoints(lab: Lab) -> Iterator[Result]:
    """Each failpoint many times: a process that ends there, then another that has to make it good."""
    rounds, clean, wrong = lab.times(ROUNDS), 0, []
    with lab.world() as world:
        ledger = Ledger()
        for point, name in enumerate(FAILPOINTS):
            role, other = ("runner", "consumer") if point < RUNNER_POINTS else ("consumer", "runner")
            with crew(world, lab.folder, other), Process(world, role).start() as peer, ExitStack() as stack:
                victims = deque(stack.enter_context(Victim(world, lab.folder, role, f"{name}:{1 + number}")) for number in range(2))
                for number in range(rounds):
                    found = _ended_at(lab, world, ledger, peer, victims.popleft(), f"{point}x{number}")
                    victims.append(stack.enter_context(Victim(world, lab.folder, role, f"{name}:{1 + (number + 2) % 3}")))
                    settled(world, ledger, 90)
                    verdict = judge(world, ledger)
                    found = found or ("" if verdict.held else str(verdict))
                    clean += not found
                    wrong += [f"{name} {number}: {found}"] if found else []
        verdict = judge(world, ledger)
    note = "; ".join([f"{len(ledger.committed)} events", *wrong[:5]])
    yield Result("failpoints", lab.wishes.seed, [exactly("clean", clean, rounds * len(FAILPOINTS))], verdict, note)


class Victim(Process):
    """A process with a failpoint armed. It starts at once and does nothing before its gate opens, so that nobody waits for imports."""

    def __init__(self, world: World, folder: Path, role: str, armed: str) -> None:
        self.gate = folder / f"gate-{time.time_ns()}"
        super().__init__(world, role, environment={"PRM_FAILPOINT": armed, "TEST_GATE": str(self.gate)})
        self.start(wait=False)

    def close(self) -> None:
        super().close()
        self.gate.unlink(missing_ok=True)


def _ended_at(lab: Lab, world: World, ledger: Ledger, peer: Process, victim: Victim, name: str) -> str:
    """-> what was not right, empty when all was. The peer sleeps while the armed process has the work to itself."""
    peer.send(signal.SIGSTOP)
    if peer.role == "runner":  # a sleeping one keeps the publishing for twelve seconds otherwise
        end_sessions(lab.postgres, world, "deals-relay")
    load = Load(world, Plan(10_000, 0, ROUND_RATE, writers=1, aggregates=5), ledger, f"r{name}").start()
    try:
        victim.gate.touch()
        end = time.monotonic() + ROUND_SECONDS
        while victim.code() is None and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        load.stop()
        peer.send(signal.SIGCONT)
    code = victim.code()
    victim.close()
    return "" if code == -signal.SIGKILL else f"ended with {code}, not at the failpoint"
