"""The bus: publishing against bare confirms, consuming against bare transactions, and how long an event is under way."""

from __future__ import annotations

import re
import subprocess
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import amqp
import psycopg
import sqlalchemy as sa
from prm.deals.v1 import events_pb2
from prm.identity.v1 import facts_pb2
from prometheus_client import CollectorRegistry
from psycopg import sql
from psycopg.types.json import Jsonb

from chassis.clock import Clock
from chassis.events.broker import connect, drop
from chassis.events.envelope import LoggedEvent, to_message
from chassis.events.topology import declare, exchange_of, subscribed_types, topology
from chassis.events.types import type_of
from chassis.runner.relay import Broker, Relay
from chassis.telemetry.metrics import BusMetrics
from services.deals.service import SERVICE
from tests.bench.bench import Bench, Figure
from tests.bench.lab import until
from tests.bench.report import Goal, Line, Sense, percentile
from tests.bench.rounds import in_turns
from tests.stack import DatabaseUrls

BATCH = 200  # the runner's
WORKERS = 6  # the consumer's connections, and so pgbench's clients
RATE = 100  # events a second
EVENT = events_pb2.RegistrationApproved(registration_id="reg_01J9ZK8M3V5T7Q2W4X6Y8A0BCD")
TYPE = type_of(events_pb2.RegistrationApproved)
_STAGE = """
INSERT INTO outbox (event_id, aggregate, aggregate_seq, type, resource, org_id, owner_id, org_path, recorded_at, headers, body)
SELECT gen_random_uuid(), 'registration/' || %(tag)s || n, 1, %(type)s, 'registration', 'org_1', 'per_1', 'v.org_1.', now(), %(headers)s, %(body)s
FROM generate_series(1, %(count)s) AS n"""
_TELL = (
    """CREATE OR REPLACE FUNCTION bench_tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_notify('bench', NEW.event_id::text); RETURN NULL; END $$""",
    "CREATE OR REPLACE TRIGGER bench_tell AFTER INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION bench_tell()",
    "LISTEN bench",
)
HEADERS = {"actor": "per_01J9ZK8M3V5T7Q2W4X6Y8A0BCD", "correlation_id": str(uuid.UUID(int=1)), "causation_id": str(uuid.UUID(int=1))}


def runner(bench: Bench) -> Iterable[Line]:
    """The relay's own loop on one core, and the same bodies on a raw channel."""
    urls, count = bench.lab.database("deals", "bench_runner"), bench.wishes.some(4000, 400)
    broker = bench.lab.broker("bench-runner")
    declare(broker, *topology(["deals", "notify"]))
    subscribed = subscribed_types(["deals", "notify"])
    relay = Relay(SERVICE, sa.make_url(urls.runtime), Broker(broker, "bench", subscribed), Clock(None), BusMetrics(CollectorRegistry()))
    with bench.lab.superuser(urls.name) as database, _confirming(broker) as channel:
        measured, compared = in_turns(
            lambda: _emptied(channel, _relayed(database, relay, count)),
            lambda: _emptied(channel, count / _confirmed(channel, [_bare(EVENT.SerializeToString()) for _ in range(count)], TYPE)),
            bench.wishes.some(6, 2),
        )
        relay.close()
    goal = Goal(Sense.AT_LEAST, 0.5)
    yield Line("runner", "numbering and publishing ÷ raw batch confirms", "events/s", measured, goal, compared)


def _relayed(database: psycopg.Connection, relay: Relay, count: int) -> float:
    values = {"tag": uuid.uuid4().hex, "type": TYPE, "headers": Jsonb(HEADERS), "body": EVENT.SerializeToString(), "count": count}
    database.execute(_STAGE, values)
    began = time.perf_counter()
    while database.execute("SELECT EXISTS (SELECT FROM outbox) OR position > published FROM log_head").fetchone() == (True,):
        while relay.step():
            pass
    return count / (time.perf_counter() - began)


def _bare(body: bytes) -> amqp.Message:
    return amqp.Message(body, delivery_mode=2)


def _confirmed(channel: Any, messages: Sequence[amqp.Message], kind: str) -> float:
    """Publish in batches, each confirmed before the next; -> seconds."""
    waiting: set[int] = set()

    def settle(tag: int, multiple: bool) -> None:
        waiting.difference_update([item for item in waiting if item <= tag] if multiple else [tag])

    channel.events["basic_ack"] = {settle}
    began = time.perf_counter()
    for start in range(0, len(messages), BATCH):
        for message in messages[start : start + BATCH]:
            channel.bench_tag += 1
            waiting.add(channel.bench_tag)
            channel.basic_publish(message, exchange_of(kind), kind, mandatory=True)
        while waiting:
            channel.connection.drain_events(timeout=10)
    return time.perf_counter() - began


@contextmanager
def _confirming(url: str) -> Iterator[Any]:
    """A channel in confirm mode that knows how much it has published."""
    connection = connect(url, "bench")
    try:
        channel = connection.channel()
        channel.confirm_select()
        channel.bench_tag = 0
        yield channel
    finally:
        drop(connection)


def _emptied(channel: Any, rate: float) -> float:
    """Throw away what lies in the queues, so that each round begins with the same."""
    with _other(channel) as other:
        for queue in topology(["deals", "notify"])[1]:
            other.queue_purge(queue.name)
    return rate


@contextmanager
def _other(channel: Any) -> Iterator[Any]:
    other = channel.connection.channel()
    try:
        yield other
    finally:
        other.close()


def consumer(bench: Bench) -> Iterable[Line]:
    """One consumer process with inbox and one upsert for each event, and PostgreSQL's own benchmark."""
    urls, count = bench.lab.database("mdf", "bench_consumer"), bench.wishes.some(4000, 300)
    broker = bench.lab.broker("bench-consumer")
    declare(broker, *topology(["mdf"]))
    base = _Pgbench(bench)
    settings = bench.lab.settings("mdf", urls, PRM_AMQP_URL=broker, PSYCOPG_WAIT_FUNC="wait_select")
    with bench.lab.process("consumer", ["-m", "cli", "consumer", "mdf"], settings), bench.lab.superuser(urls.name) as database:
        measured, compared = in_turns(lambda: _consumed(database, broker, count), base.rate, bench.wishes.some(5, 1))
    goal = Goal(Sense.AT_LEAST, 0.35)
    yield Line("consumer", f"inbox and one upsert ÷ pgbench simple-update, {WORKERS} clients", "events/s", measured, goal, compared)


def _consumed(database: psycopg.Connection, broker: str, count: int) -> float:
    """Between the first tenth and the end of a burst: starting up is not counted."""
    database.execute("TRUNCATE inbox, fact_person")
    facts = [_person(f"per_{number}") for number in range(count)]
    with _confirming(broker) as channel:
        _confirmed(channel, [to_message(fact) for fact in facts], facts[0].type)
    marks: list[tuple[float, int]] = []

    def done() -> bool:
        found = database.execute("SELECT count(*) FROM inbox").fetchone()
        marks.append((time.perf_counter(), int(found[0]) if found else 0))
        return marks[-1][1] >= count

    until(done, "consuming", 60, pause=0.02)
    first = next(mark for mark in marks if mark[1] >= count / 10)
    last = marks[-1]
    if last[1] == first[1]:
        raise RuntimeError("too few events to tell a rate")
    return (last[1] - first[1]) / (last[0] - first[0])


def _person(id: str) -> LoggedEvent:
    fact = facts_pb2.PersonFactsChanged(
        person_id=id, version=1, floor=1, kind="partner", state="active", organization_id="org_1", roles=["partner_sales"]
    )
    kind = type_of(facts_pb2.PersonFactsChanged)
    return LoggedEvent(1, uuid.uuid4(), f"person/{id}", 1, kind, datetime.now(UTC), HEADERS, fact.SerializeToString())


class _Pgbench:
    """`pgbench -N` as it comes, at scale 10, in a database of its own on the same server."""

    def __init__(self, bench: Bench) -> None:
        self._lab, self._seconds = bench.lab, bench.wishes.some(4, 1)
        with bench.lab.superuser("postgres") as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'bench_pgbench'").fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE bench_pgbench"))
                self._run("-i", "-q", "-s", "10")

    def rate(self) -> float:
        """Transactions a second."""
        said = self._run("-n", "-N", "-c", str(WORKERS), "-j", "2", "-T", str(self._seconds))
        found = re.search(r"tps = ([\d.]+)", said)
        if found is None:
            raise RuntimeError(f"pgbench: {said[-300:]}")
        return float(found[1])

    def _run(self, *words: str) -> str:
        address = self._lab.url("postgres").rpartition("/")[0] + "/bench_pgbench"
        done = subprocess.run([self._lab.program("pgbench"), *words, address], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"pgbench: {done.stderr[-300:]}")
        return done.stdout


def arrival(bench: Bench) -> Iterable[Line]:
    """From the return of a commit in identity to the commit of its effect in deals, seen by a listener."""
    seconds = bench.wishes.some(20, 2)
    source, target = bench.lab.database("identity", "bench_source"), bench.lab.database("deals", "bench_target")
    broker = bench.lab.broker("bench-arrival")
    declare(broker, *topology(["deals", "identity"]))
    sending = bench.lab.settings("identity", source, PRM_AMQP_URL=broker)
    receiving = bench.lab.settings("deals", target, PRM_AMQP_URL=broker, PSYCOPG_WAIT_FUNC="wait_select")
    with (
        bench.lab.process("runner", ["-m", "cli", "runner", "identity"], sending),
        bench.lab.process("consumer", ["-m", "cli", "consumer", "deals"], receiving),
        _seen(bench, target) as seen,
    ):
        _send(bench, source, 1, seen)  # until both are up
        taken = _send(bench, source, seconds, seen)
    yield Line(
        "arrival", f"commit → applied elsewhere at {RATE} events/s, p50", "ms", [percentile(taken, 50)], Goal(Sense.AT_MOST, 60, "ms")
    )
    yield Line(
        "arrival", f"commit → applied elsewhere at {RATE} events/s, p99", "ms", [percentile(taken, 99)], Goal(Sense.AT_MOST, 300, "ms")
    )


@contextmanager
def _seen(bench: Bench, urls: DatabaseUrls) -> Iterator[dict[str, float]]:
    """Fills with event id → when its inbox row was committed, told by PostgreSQL itself."""
    found: dict[str, float] = {}
    with bench.lab.superuser(urls.name) as database:
        for statement in _TELL:
            database.execute(statement)
        stopping = threading.Event()

        def listen() -> None:
            while not stopping.is_set():
                for told in database.notifies(timeout=0.2):
                    found[told.payload] = time.perf_counter()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield found
        stopping.set()
        thread.join(5)


def _send(bench: Bench, urls: DatabaseUrls, seconds: int, seen: dict[str, float]) -> list[float]:
    """Commit at an even pace; -> how many milliseconds each took to arrive."""
    sent: dict[str, float] = {}
    insert = (
        "INSERT INTO outbox (event_id, aggregate, aggregate_seq, type, resource, recorded_at, headers, body)"
        " VALUES (%s, %s, 1, %s, 'facts', now(), %s, %s)"
    )
    with bench.lab.superuser(urls.name) as database:
        began = time.perf_counter()
        for number in range(seconds * RATE):
            with suppress(ValueError):
                time.sleep(began + number / RATE - time.perf_counter())
            event = _person(f"per_{uuid.uuid4().hex}")
            database.execute(insert, [event.event_id, event.aggregate, event.type, Jsonb(dict(event.headers)), event.body])
            sent[str(event.event_id)] = time.perf_counter()
    until(lambda: sent.keys() <= seen.keys(), "the last event", 30)
    return [(seen[event] - at) * 1000 for event, at in sent.items()]


FIGURES = (
    Figure("runner", "numbering and publishing against raw batch confirms", 90, runner),
    Figure("consumer", "a consumer process against pgbench", 120, consumer),
    Figure("arrival", "commit → applied in another service", 90, arrival),
)
