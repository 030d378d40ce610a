"""Events a consumer could not apply: stored where a person finds them and a runner tries them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.consumer.tables import inbox, inbox_failure
from chassis.events.envelope import Envelope


@dataclass(frozen=True)
class Delivery:
    """An event as it reached a consumer. `deliveries` is how often the broker had handed it out before."""

    consumer: str
    envelope: Envelope
    body: bytes
    deliveries: int = 0


@dataclass(frozen=True)
class Failure:
    """Why an event is kept, and when it is due again. `reason` is one of permanent, exhausted, transient, held, suspect,
    crashed, delivery_limit, undecodable, unknown_type, oversize."""

    state: str
    reason: str
    error: str = ""
    fingerprint: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None


@dataclass(frozen=True)
class FailedEvent:
    """A row of inbox_failure that is to be tried."""

    id: int
    state: str
    attempts: int
    delivery: Delivery


_COLUMNS = (
    "consumer, event_id, state, aggregate, aggregate_seq, attempts, next_attempt_at, first_failed_at, last_failed_at,"
    " reason, fingerprint, error, type, headers, body"
)
_VALUES = ", ".join(":" + name.strip() for name in _COLUMNS.split(","))
_TYPED = [sa.bindparam(name, type_=inbox_failure.c[name].type) for name in (part.strip() for part in _COLUMNS.split(","))]
# Nothing to keep of an event that was applied after all: a lost ack brings such ones back.
_STORE = sa.text(
    f"INSERT INTO inbox_failure ({_COLUMNS}) SELECT {_VALUES}"
    " WHERE NOT EXISTS (SELECT FROM inbox WHERE consumer = :consumer AND event_id = :event_id) ON CONFLICT (consumer, event_id) DO NOTHING"
).bindparams(*_TYPED)
_CLAIM = sa.text(
    "INSERT INTO inbox (consumer, event_id, done_at) SELECT :consumer, one, :now FROM unnest(:event_ids) AS one"
    " WHERE NOT EXISTS (SELECT FROM inbox_failure WHERE consumer = :consumer AND event_id = one) ON CONFLICT DO NOTHING RETURNING event_id"
).bindparams(sa.bindparam("event_ids", type_=ARRAY(inbox.c.event_id.type)))
_ORDER_LOCK = sa.text(
    "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT hashtextextended(:consumer || '|' || aggregate, 0) AS number"
    " FROM unnest(CAST(:aggregates AS text[])) AS aggregate ORDER BY number) AS sorted"
)
_WAITS = "FROM inbox_failure WHERE consumer = :consumer AND state IN ('retry', 'held', 'suspect', 'parked')"
_BLOCKED = sa.text(f"SELECT EXISTS (SELECT {_WAITS} AND aggregate = :aggregate AND aggregate_seq < :seq)")
_WAITING = sa.text(f"SELECT DISTINCT aggregate {_WAITS} AND aggregate = ANY(:aggregates)")
_RELEASE = sa.text(
    "UPDATE inbox_failure SET state = 'retry', attempts = 0, next_attempt_at = :now WHERE id = (SELECT id FROM inbox_failure"
    " WHERE consumer = :consumer AND aggregate = :aggregate AND state = 'held' ORDER BY aggregate_seq LIMIT 1)"
)


def store(connection: sa.Connection, delivery: Delivery, failure: Failure, now: datetime) -> None:
    """Keep an event; no effect if it is kept already or was applied."""
    envelope = delivery.envelope
    values = {
        "consumer": delivery.consumer,
        "event_id": envelope.event_id,
        "aggregate": envelope.aggregate or None,
        "aggregate_seq": envelope.aggregate_seq or None,
        "type": envelope.type,
        "headers": {**envelope.headers, "content_type": envelope.content_type},
        "body": delivery.body,
        "first_failed_at": now,
        "last_failed_at": now,
    }
    names = ("state", "reason", "error", "fingerprint", "attempts", "next_attempt_at")
    connection.execute(_STORE, values | {name: getattr(failure, name) for name in names})


def claim(connection: sa.Connection, consumer: str, event_ids: Iterable[UUID | None], now: datetime) -> set[UUID]:
    """Reserve events for this transaction; -> those that were neither applied nor are kept as a failure (the runner has these)."""
    values = {"consumer": consumer, "event_ids": sorted(filter(None, event_ids)), "now": now}
    return set(connection.scalars(_CLAIM, values))


def lock_order(connection: sa.Connection, delivery: Delivery) -> None:
    """Let one transaction at a time decide about an aggregate's order: consumer and runner meet here."""
    lock_aggregates(connection, delivery.consumer, [delivery.envelope.aggregate])


def lock_aggregates(connection: sa.Connection, consumer: str, aggregates: Iterable[str]) -> None:
    """As lock_order, by names; always in the same sequence, so that two never wait for each other."""
    connection.execute(_ORDER_LOCK, {"consumer": consumer, "aggregates": list(aggregates)})


def blocked(connection: sa.Connection, delivery: Delivery) -> bool:
    """Whether an earlier event of the aggregate waits. Only under `lock_order`."""
    envelope = delivery.envelope
    values = {"consumer": delivery.consumer, "aggregate": envelope.aggregate, "seq": envelope.aggregate_seq}
    return bool(connection.scalar(_BLOCKED, values))


def waiting(connection: sa.Connection, consumer: str, aggregates: Iterable[str]) -> set[str]:
    """Which of them have an event that waits. Only under `lock_aggregates`."""
    return set(connection.scalars(_WAITING, {"consumer": consumer, "aggregates": list(aggregates)}))


def release(connection: sa.Connection, consumer: str, aggregate: str, now: datetime) -> None:
    """Let the next event that waited for its order go on."""
    connection.execute(_RELEASE, {"consumer": consumer, "aggregate": aggregate, "now": now})


def delivery_of(row: Any) -> Delivery:
    """The delivery that a stored row was."""
    envelope = Envelope(
        event_id=row.event_id,
        type=row.type,
        aggregate=row.aggregate or "",
        aggregate_seq=row.aggregate_seq or 0,
        content_type=row.headers.get("content_type", ""),
        headers=row.headers,
    )
    return Delivery(row.consumer, envelope, bytes(row.body))
