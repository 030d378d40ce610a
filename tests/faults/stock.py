"""The control: the same faults against nameko as it comes. It has to fail, or these tests see nothing."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Iterator
from signal import SIGKILL, SIGTERM

import amqp

from chassis.events.broker import connect
from tests.bus.processes import Process
from tests.bus.stock import QUEUE
from tests.bus.world import World
from tests.faults.judge import Verdict, judge
from tests.faults.lab import Lab, crew
from tests.faults.load import FREE, Ledger
from tests.faults.report import Result, at_least

EVENTS, SLOW_EVENTS, KILLS, EACH, DRAIN_SECONDS = 400, 60, 5, 10, 60.0


def control(lab: Lab) -> Iterator[Result]:
    """Killed, poisoned and told to end: what the invariants say of each."""
    found = {
        "kills": _told(lab, SIGKILL, ["ok"] * EVENTS),
        "SIGTERM": _told(lab, SIGTERM, ["slow:2"] * SLOW_EVENTS),
        "poison": _poisoned(lab),
    }
    numbers = [at_least(f"broken by {name}", sum(verdict.counts().values()), 1) for name, verdict in found.items()]
    blind = [number.what for number in numbers if not number.met]
    note = "; ".join(f"{name}: {verdict}" for name, verdict in found.items())
    yield Result(
        "stock nameko fails", lab.wishes.seed, numbers, note=note, broken=f"the harness is blind: {', '.join(blind)}" if blind else ""
    )


def _told(lab: Lab, number: int, events: list[str]) -> Verdict:
    """The consumer gets this signal a few times with work in flight, and is started again."""
    dice = random.Random(lab.wishes.seed)
    with lab.world() as world:
        ledger = _published(world, events)
        with crew(world, lab.folder, "stock") as people:
            for _ in range(KILLS):
                time.sleep(dice.uniform(0.1, 0.3))
                before = people.processes[0].log().count(b"stock_started")
                people.processes[0].send(number)
                _awaits(before, people.processes[0])
            _drained(world, ledger)
        return judge(world, ledger, log=False)


def _awaits(before: int, process: Process) -> None:
    end = time.monotonic() + 20
    while process.log().count(b"stock_started") <= before and time.monotonic() < end:
        time.sleep(0.05)


def _poisoned(lab: Lab) -> Verdict:
    """Handlers raise; a body is no JSON. Nothing of it may vanish: it is to be parked."""
    with lab.world() as world:
        ledger = _published(world, ["ok"] * EVENTS + ["permanent"] * EACH, bad_bodies=EACH)
        with crew(world, lab.folder, "stock"):
            _drained(world, ledger)
        return judge(world, ledger, log=False)


def _published(world: World, numbers: list[str], bad_bodies: int = 0) -> Ledger:
    ledger, connection = Ledger(), connect(world.amqp, "faults")
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
    for seq, number in enumerate([*numbers, *["bad"] * bad_bodies], 1):
        event = {"id": str(uuid.uuid4()), "aggregate": f"registration/s_{seq}", "seq": 1, "number": number}
        body = "{no json" if number == "bad" else json.dumps(event)
        channel.basic_publish(amqp.Message(body, delivery_mode=2, content_type="application/json", message_id=event["id"]), "", QUEUE)
        ledger.committed[str(event["id"])] = (FREE, str(event["aggregate"]), 1)
        if not number.startswith(("ok", "slow")):
            ledger.expected[str(event["id"])] = "undecodable" if number == "bad" else "permanent"
    connection.close()
    return ledger


def _drained(world: World, ledger: Ledger) -> None:
    """Until all good ones have an effect, and a moment more for what comes twice."""
    end = time.monotonic() + DRAIN_SECONDS
    wanted = len(ledger.committed) - len(ledger.expected)
    while world.scalar("SELECT count(DISTINCT event_id) FROM effect") < wanted and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(3)
