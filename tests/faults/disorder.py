"""What a broker may do to messages, and what people and foreign publishers may do: repeats, another order, poison, replays."""

from __future__ import annotations

import random
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import amqp

from chassis.consumer.parked import Selection, replay
from chassis.events.broker import connect
from chassis.events.envelope import LoggedEvent
from chassis.events.publisher import Publisher
from chassis.events.republish import republish
from chassis.events.types import type_of
from tests.bus import notes
from tests.bus.world import World, approved, submitted
from tests.faults.judge import judge, settled
from tests.faults.lab import Crew, Lab, crew
from tests.faults.load import FREE, ORDERED, Ledger, Load, Plan
from tests.faults.report import Result, at_least, at_most, exactly

EVENTS, COPIES, WINDOW, AGGREGATES = 20_000, 5, 50, 200
GOOD, EACH, GOOD_RATE = 5_000, 10, 60.0
PARKED, RATE = 1_000, 500.0
QUEUE = "deals.free.v1"
BIG = 15 << 20


def duplicates(lab: Lab) -> Iterator[Result]:
    """Each event one to five times, within 50 places of where it belongs.

    Copies go anywhere; the first one of each event of an aggregate stays behind that of the event before it, as whatever
    publishes in order and repeats what is in doubt has it.
    """
    dice = random.Random(lab.wishes.seed)
    with lab.world() as world, crew(world, lab.folder, "runner", "consumer", "consumer") as people:
        events, ledger = _events(lab.events(EVENTS), dice)
        sent = _disordered(events, dice)
        publisher = Publisher(world.amqp, "faults", frozenset())
        for start in range(0, len(sent), 200):
            publisher.publish(sent[start : start + 200])
        publisher.drop()
        settled(world, ledger)
        _until_repeats(people, len(sent) - len(events))
        numbers = [exactly("repeats dropped", notes.counted(people.notes)["repeated"], len(sent) - len(events))]
        yield Result("duplicates", lab.wishes.seed, numbers, judge(world, ledger, log=False), f"{len(events)} events, {len(sent)} messages")


def _events(number: int, dice: random.Random) -> tuple[list[LoggedEvent], Ledger]:
    ledger, found = Ledger(), []
    seqs: dict[str, int] = defaultdict(int)
    for position in range(1, number + 1):
        aggregate = f"registration/d_{dice.randrange(AGGREGATES)}"
        seqs[aggregate] += 1
        handler, message = (ORDERED, submitted()) if dice.random() < 0.5 else (FREE, approved())
        event = LoggedEvent(
            position, uuid.uuid4(), aggregate, seqs[aggregate], type_of(type(message)), datetime.now(UTC), {}, message.SerializeToString()
        )
        ledger.committed[str(event.event_id)] = (handler, aggregate, seqs[aggregate])
        found.append(event)
    return found, ledger


def _disordered(events: list[LoggedEvent], dice: random.Random) -> list[LoggedEvent]:
    placed: list[tuple[float, LoggedEvent]] = []
    last: dict[str, float] = defaultdict(float)
    for place, event in enumerate(events):
        places = sorted(place + dice.uniform(0, WINDOW) for _ in range(dice.randint(1, COPIES)))
        first = max(places[0], last[event.aggregate] + 1e-6)
        last[event.aggregate] = first
        placed += [(max(at, first), event) for at in (first, *places[1:])]
    return [event for _, event in sorted(placed, key=lambda item: item[0])]


def _until_repeats(people: Crew, wanted: int) -> None:
    end = time.monotonic() + 300
    while notes.counted(people.notes)["repeated"] < wanted and time.monotonic() < end:
        time.sleep(0.5)


def poison(lab: Lab) -> Iterator[Result]:
    """Ten of each kind among 5,000 good ones, against as many good ones alone, offered at the same rate."""
    plan = Plan(lab.events(GOOD), lab.wishes.seed, GOOD_RATE)
    with lab.world() as world, crew(world, lab.folder, "runner", "consumer", "runner", "consumer"):
        began = time.monotonic()
        ledger = Load(world, plan).run()
        settled(world, ledger)
        usual = time.monotonic() - began
    with lab.world() as world, crew(world, lab.folder, "runner", "consumer", "runner", "consumer") as people:
        began = time.monotonic()
        load = Load(world, plan).start()
        bad, raw = _poisoned(world, lab.times(EACH))
        ledger = load.join()
        while _applied(world) < len(ledger.committed) and time.monotonic() - began < 600:
            time.sleep(0.1)
        took = time.monotonic() - began
        ledger.committed |= bad
        ledger.expected |= {event_id: REASONS[event[0]] for event_id, event in bad.items()} | raw
        settled(world, ledger)
        runs = max((row[1] for row in world.rows("SELECT key, count(*) FROM run GROUP BY key")), default=0)
        numbers = [at_least("rate of good ones ÷ usual", usual / took, 0.8), at_most("runs of a crasher", runs, 21)]
        note = f"{len(ledger.expected)} poisoned, {len(people.ended)} processes ended by them"
        yield Result("poison", lab.wishes.seed, numbers, judge(world, ledger), note)


REASONS = {"defect": "permanent", "exit": "permanent", "crash": "crashed", "segv": "crashed"}


def _applied(world: World) -> int:
    return int(world.scalar("SELECT count(DISTINCT event_id) FROM effect"))


def _poisoned(world: World, each: int) -> tuple[dict[str, tuple[str, str, int]], dict[str, str]]:
    """Stage and publish the bad ones, spread over a while; -> (the staged ones by id, why the raw ones are to be parked)."""
    staged: dict[str, tuple[str, str, int]] = {}
    raw: dict[str, str] = {}
    connection = connect(world.amqp, "faults")
    channel = connection.channel()
    for number in range(each):
        for verb in REASONS:
            aggregate = f"registration/{verb}_{number}"
            staged[world.stage(approved(f"{verb}:{number}"), aggregate, 1)] = (verb, aggregate, 1)
        good = approved().SerializeToString()
        for reason, body, changes in (
            ("undecodable", b"\xff\xff\xff", {}),
            ("undecodable", good, {"content_type": "text/plain"}),
            ("unknown_type", good, {"type": "prm.deals.registration.approved.v9"}),
            ("oversize", b"\0" * BIG, {}),
        ):
            raw[_sent(channel, body, **changes)] = reason
        time.sleep(1)
    connection.close()
    return staged, raw


def _sent(channel: amqp.Channel, body: bytes, **changes: Any) -> str:
    properties = {"message_id": str(uuid.uuid4()), "type": type_of(type(approved())), "content_type": "application/protobuf", **changes}
    channel.basic_publish(amqp.Message(body, delivery_mode=2, **properties), "", QUEUE)
    return str(properties["message_id"])


def replays(lab: Lab) -> Iterator[Result]:
    """1,000 parked events are replayed, then again, then everything is published a second time."""
    number = lab.events(PARKED)
    with lab.world() as world, crew(world, lab.folder) as people:
        ledger = Load(world, Plan(number, lab.wishes.seed, number="closed:door", ordered=0)).run()
        ledger.expected = dict.fromkeys(ledger.committed, "permanent")
        settled(world, ledger)
        parked = judge(world, ledger)
        world.execute("INSERT INTO opened VALUES ('door')")
        ledger.expected = {}
        first = _replayed(world)
        settled(world, ledger)
        applied, second = _applied(world), _replayed(world)
        with world.connection() as connection:
            republish(connection, 1, world.clock.now())
        _until_repeats(people, len(ledger.committed))
        verdict = judge(world, ledger)
        numbers = [exactly("replayed", first, len(ledger.committed)), exactly("applied", applied, len(ledger.committed))]
        numbers += [exactly("replayed again", second, 0), exactly("wrongly parked before", parked.wrongly_parked, 0)]
        yield Result("replay", lab.wishes.seed, numbers, verdict, f"published again: {notes.counted(people.notes)['repeated']} dropped")


def _replayed(world: World) -> int:
    with world.connection() as connection:
        return replay(connection, Selection(everything=True), "operator:ada", world.clock.now(), RATE)
