"""Move staged audit records into the chained log: hash = sha256(previous ‖ position ‖ sha256(record)).

The runner is the only writer; the head's lock fences a second one. The head is published as an event, so that another
service witnesses it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from prm.audit.v1 import events_pb2

from chassis.audit.tables import RECORD, audit_head, audit_log, audit_outbox
from chassis.cause import Cause
from chassis.events import staging
from chassis.policy.subject import system_subject

BATCH = 200
PUBLISH_EVERY = timedelta(minutes=1)

_LOCK_HEAD = sa.select(audit_head).with_for_update()
_READY = (
    sa.select(audit_outbox.c.id)
    .where(sa.or_(audit_outbox.c.ready_at.is_(None), audit_outbox.c.ready_at <= sa.bindparam("now")))
    .order_by(audit_outbox.c.id)
    .limit(BATCH)
)
_TAKE = audit_outbox.delete().where(audit_outbox.c.id.in_(sa.bindparam("ids", expanding=True))).returning(audit_outbox)


def seal(connection: sa.Connection, service: str, now: datetime) -> int:
    """Seal what is ready, 200 at most, and publish the head when a minute has passed; -> how many were sealed.

    The caller's transaction must be short: it holds the head's lock.
    """
    head = connection.execute(_LOCK_HEAD).one()
    ready = list(connection.scalars(_READY, {"now": now}))
    # Taken rows are read again: a repeat may have raised a count since.
    taken = sorted(connection.execute(_TAKE, {"ids": ready}).mappings(), key=lambda row: int(row["id"])) if ready else []
    position, previous = int(head.position), bytes(head.hash)
    rows = []
    for row in taken:
        position += 1
        record = {name: row[name] for name in RECORD}
        previous = chained(previous, position, record)
        rows.append({"position": position, **record, "hash": previous})
    if rows:
        connection.execute(audit_log.insert(), rows)
    _move_head(connection, head, position, previous, service, now)
    return len(rows)


def chained(previous: bytes, position: int, record: Mapping[str, Any]) -> bytes:
    """The hash of a record at a position of the chain."""
    digest = hashlib.sha256(canonical(record)).digest()
    return hashlib.sha256(previous + position.to_bytes(8, "big") + digest).digest()


def canonical(record: Mapping[str, Any]) -> bytes:
    """The record as bytes that are the same before and after the database had it."""
    plain = {name: _plain(record[name]) for name in RECORD}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _move_head(connection: sa.Connection, head: Any, position: int, newest: bytes, service: str, now: datetime) -> None:
    changes: dict[str, Any] = {}
    if position != head.position:
        changes |= {"position": position, "hash": newest}
    if position != head.published_position and (head.published_at is None or now - head.published_at >= PUBLISH_EVERY):
        changes |= {"published_position": position, "published_at": now, "sequence": head.sequence + 1}
        _publish(connection, service, position, newest, head.sequence + 1, now)
    if changes:
        connection.execute(audit_head.update().values(changes))


def _publish(connection: sa.Connection, service: str, position: int, newest: bytes, sequence: int, now: datetime) -> None:
    event = staging.make(
        events_pb2.AuditHeadSealed(position=position, hash=newest),
        service=service,
        resource="audit_head",
        aggregate=f"audit_head/{service}",
        aggregate_seq=sequence,
        actor=system_subject(service).id,
        cause=Cause(),
        at=now,
    )
    staging.stage(connection, [event])
