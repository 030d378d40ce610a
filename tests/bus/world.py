"""A small service with handlers that do as their events say, for the tests of the bus; imported by tests and by processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message
from prm.deals.v1 import events_pb2
from prometheus_client import CollectorRegistry

from chassis.cause import Cause
from chassis.clock import Clock
from chassis.consumer.inbox import Inbox
from chassis.errors import FailedPrecondition, Unavailable
from chassis.events import staging
from chassis.events.envelope import Envelope
from chassis.events.subscriptions import Subscription, subscribe, subscriptions_in
from chassis.events.topology import DLX, UNLIMITED, Queue, declare, parked_queue, queues_of
from chassis.events.types import type_of
from chassis.runner.host import Bus, ServiceRunner
from chassis.runner.relay import Broker, Relay
from chassis.service import Effect, Service
from chassis.settings import ServiceSettings, SharedSettings
from chassis.store.database import Database
from chassis.store.system import SystemWork
from chassis.store.transaction import Transaction
from chassis.telemetry.metrics import BusMetrics

NAME = "deals"
METRICS = BusMetrics(CollectorRegistry())
metadata = sa.MetaData()
effects = sa.Table(
    "effect",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("handler", sa.Text, nullable=False),
    sa.Column("aggregate", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("traceparent", sa.Text, nullable=False, server_default=""),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
)
opened = sa.Table("opened", metadata, sa.Column("key", sa.Text, primary_key=True))
runs = sa.Table("run", metadata, sa.Column("key", sa.Text, nullable=False), sa.Column("at", sa.DateTime(timezone=True), nullable=False))


def apply(event: Any, tx: Transaction, envelope: Envelope, handler: str = "free") -> None:
    """Do what the event's `number` says, and leave a trace."""
    row = {"handler": handler, "aggregate": envelope.aggregate, "seq": envelope.aggregate_seq, "event_id": str(envelope.event_id)}
    tx.connection.execute(effects.insert(), row | {"traceparent": tx.cause.traceparent})
    verb, _, word = event.number.partition(":")
    if verb == "permanent":
        raise FailedPrecondition("It cannot be")
    if verb == "defect":
        raise TypeError("a mistake in the handler")
    if verb == "exit":
        raise SystemExit(1)
    if verb == "crash":
        note_run(tx, event.number)
        os._exit(9)
    if verb == "segv":
        note_run(tx, event.number)
        signal.raise_signal(signal.SIGSEGV)  # in this thread, as a real one is: another would take it while this one commits
    if verb == "slow":
        time.sleep(float(word))
    if verb == "closed" and tx.connection.scalar(sa.select(sa.func.count()).where(opened.c.key == word)) == 0:
        raise FailedPrecondition("It is not open")
    if verb == "until" and tx.connection.scalar(sa.select(sa.func.count()).where(opened.c.key == word)) == 0:
        raise Unavailable("Not yet", reason="NOT_YET")


def note_run(tx: Transaction, key: str) -> None:
    """Outside the transaction, so that it survives a crash."""
    with tx.connection.engine.begin() as connection:
        connection.execute(runs.insert(), {"key": key, "at": datetime.now(UTC)})


@subscribe(events_pb2.RegistrationApproved, queue="deals.free.v1", envelope=True)
def apply_free(event: events_pb2.RegistrationApproved, tx: Transaction, envelope: Envelope) -> None:
    apply(event, tx, envelope)


@subscribe(events_pb2.RegistrationSubmitted, queue="deals.in-order.v1", ordered=True, envelope=True)
@subscribe(events_pb2.RegistrationRejected, queue="deals.in-order.v1", ordered=True, envelope=True)
def apply_in_order(event: Any, tx: Transaction, envelope: Envelope) -> None:
    apply(event, tx, envelope, "ordered")


def clock_job(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    tx.connection.execute(runs.insert(), {"key": key, "at": tx.now})
    if payload.get("again"):
        tx.schedule("test.clock", key, datetime.fromisoformat(payload["again"]), {})
    if payload.get("fail"):
        raise FailedPrecondition("No") if payload["fail"] == "permanent" else Unavailable("Not yet")


def effect_job(effect: Effect) -> None:
    seconds = float(effect.payload.get("sleep", 0))
    time.sleep(seconds)
    effect.connection.execute(runs.insert(), {"key": effect.key, "at": datetime.now(UTC)})


SUBSCRIPTIONS: list[Subscription] = []
SERVICE = Service(NAME, metadata=metadata, jobs={"test.clock": clock_job}, effects={"test.effect": effect_job})


def subscriptions() -> list[Subscription]:
    import sys

    return subscriptions_in(sys.modules[__name__])


@dataclass
class World:
    """One database, one virtual host of the broker, one service."""

    url: str
    amqp: str
    clock_file: Path | None = None

    def __post_init__(self) -> None:
        self.clock = Clock(self.clock_file)
        self.settings = SharedSettings(amqp_url=self.amqp)
        self.database = Database(self.url, pool_size=6, name="test")
        self.work = SystemWork(SERVICE, self.database, self.clock, self.settings)
        self.inbox = Inbox(self.work, subscriptions(), METRICS)
        self.subscribed = frozenset(item.type for item in subscriptions())

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        with self.database.writing() as connection:
            yield connection

    def stage(self, message: Message, aggregate: str, seq: int, connection: sa.Connection | None = None, traceparent: str = "") -> str:
        """Stage one event, in a transaction of its own unless one is given; -> its id."""
        event = staging.make(
            message,
            service=NAME,
            resource="registration",
            aggregate=aggregate,
            aggregate_seq=seq,
            actor="per_1",
            cause=Cause(traceparent=traceparent),
            at=self.clock.now(),
        )
        if connection is None:
            with self.connection() as own:
                staging.stage(own, [event])
        else:
            staging.stage(connection, [event])
        return str(event.event_id)

    def relay(self, amqp: str = "") -> Relay:
        broker = Broker(amqp or self.amqp, "test-relay", self.subscribed)
        return Relay(SERVICE, self.database.engine.url, broker, self.clock, METRICS)

    def runner(self) -> ServiceRunner:
        own = ServiceSettings(_env_prefix="PRM_TEST_ONLY_", database_url=self.url)
        return ServiceRunner(SERVICE, own, self.settings, Bus(subscriptions(), self.subscribed), self.clock, METRICS)

    def queues(self) -> list[Queue]:
        parked = Queue(parked_queue(NAME), {"x-queue-type": "quorum", "x-delivery-limit": UNLIMITED}, [(DLX, parked_queue(NAME))])
        return [*queues_of(subscriptions()), parked]

    def declare(self) -> None:
        declare(self.amqp, [f"{NAME}.events"], self.queues())

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(sa.text(statement), values))

    def scalar(self, statement: str, **values: Any) -> Any:
        return self.rows(statement, **values)[0][0]

    def execute(self, statement: str, **values: Any) -> None:
        with self.connection() as connection:
            connection.execute(sa.text(statement), values)

    def empty(self) -> None:
        """As after migration."""
        tables = "outbox, event_log, event_personal, outbox_held, inbox, inbox_failure, jobs, audit_outbox, audit_log, audit_witness, effect, opened, run"
        self.owner_execute(
            f"TRUNCATE {tables} RESTART IDENTITY; UPDATE log_head SET position = 0, published = 0;"
            " UPDATE audit_head SET position = 0, hash = decode(repeat('00', 32), 'hex'), published_position = 0, published_at = NULL, sequence = 0"
        )

    owner_url: str = ""

    def owner_execute(self, statement: str) -> None:
        engine = sa.create_engine(self.owner_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))


APPROVED, SUBMITTED = type_of(events_pb2.RegistrationApproved), type_of(events_pb2.RegistrationSubmitted)


def approved(number: str = "ok", registration: str = "reg_1") -> events_pb2.RegistrationApproved:
    return events_pb2.RegistrationApproved(registration_id=registration, number=number)


def submitted(number: str = "ok", registration: str = "reg_1") -> events_pb2.RegistrationSubmitted:
    return events_pb2.RegistrationSubmitted(registration_id=registration, number=number)


def until(condition: Any, seconds: float = 10.0, pause: float = 0.05) -> None:
    """Wait until it holds; fails the test otherwise."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(pause)
