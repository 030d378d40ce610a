"""What a person does with events that could not be applied: look at them, replay them, or decide that they shall not be.

A replay gives the event, under its own id, to the one consumer that failed; so a second replay does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from prm import options_pb2

from chassis.audit import staging as audit
from chassis.consumer import failures
from chassis.consumer.tables import inbox_failure
from chassis.errors import InvalidArgument
from chassis.events.types import message_class

REPLAYS_PER_SECOND = 50
_GROUPS = sa.text(
    "SELECT fingerprint, state, consumer, type, reason, count(*) AS number, min(first_failed_at) AS first, max(last_failed_at) AS last,"
    " (array_agg(error ORDER BY last_failed_at DESC))[1] AS error FROM inbox_failure WHERE state = ANY(:states)"
    " GROUP BY fingerprint, state, consumer, type, reason ORDER BY number DESC, fingerprint"
)


@dataclass(frozen=True)
class Selection:
    """Which parked events: by their number here, by what they have in common, or all."""

    ids: Sequence[int] = ()
    fingerprint: str = ""
    everything: bool = False

    def clause(self) -> sa.ColumnElement[bool]:
        """Raises InvalidArgument when nothing is selected: leaving it out must not mean all."""
        if self.ids:
            return inbox_failure.c.id.in_(self.ids)
        if self.fingerprint:
            return inbox_failure.c.fingerprint == self.fingerprint
        if self.everything:
            return sa.true()
        raise InvalidArgument.field("selection", "name events by id or fingerprint, or say all")


def groups(connection: sa.Connection, states: Sequence[str] = ("parked",)) -> list[Any]:
    """Kept events grouped by cause, the largest group first."""
    return list(connection.execute(_GROUPS, {"states": list(states)}))


def show(connection: sa.Connection, id: int) -> dict[str, Any]:
    """One kept event without personal data. Raises InvalidArgument if there is none of that number."""
    row = connection.execute(sa.select(inbox_failure).where(inbox_failure.c.id == id)).mappings().one_or_none()
    if row is None:
        raise InvalidArgument.field("id", f"there is no kept event {id}")
    found = {name: value for name, value in row.items() if name != "body"}
    return {**found, "bytes": len(row["body"]), "data": _readable(row["type"], bytes(row["body"]))}


def _readable(event_type: str, body: bytes) -> Any:
    known = message_class(event_type)
    if known is None:
        return None
    try:
        message = known.FromString(body)
    except DecodeError:
        return None
    for field, _ in message.ListFields():
        if field.GetOptions().Extensions[options_pb2.personal] or field.GetOptions().Extensions[options_pb2.secret]:
            message.ClearField(field.name)
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def replay(connection: sa.Connection, selection: Selection, actor: str, now: datetime, rate: float = REPLAYS_PER_SECOND) -> int:
    """Let the runner apply parked events again, `rate` a second; -> how many. Each is audited."""
    rows = _parked(connection, selection)
    for place, row in enumerate(rows):
        values = {"state": "retry", "attempts": 0, "next_attempt_at": now + timedelta(seconds=place / rate), "replays": row.replays + 1}
        connection.execute(inbox_failure.update().where(inbox_failure.c.id == row.id).values(values))
    _audit(connection, rows, "event.replay", actor, now)
    return len(rows)


def discard(connection: sa.Connection, selection: Selection, actor: str, now: datetime, reason: str) -> int:
    """Decide that parked events shall never be applied; -> how many. Those that waited behind them go on. Each is audited."""
    rows = _parked(connection, selection)
    for row in rows:
        values = {"state": "discarded", "resolved_by": actor, "resolved_at": now, "error": reason[:300]}
        connection.execute(inbox_failure.update().where(inbox_failure.c.id == row.id).values(values))
        if row.aggregate is not None:
            failures.release(connection, row.consumer, row.aggregate, now)
    _audit(connection, rows, "event.discard", actor, now, reason)
    return len(rows)


def _parked(connection: sa.Connection, selection: Selection) -> list[Any]:
    columns = [inbox_failure.c[name] for name in ("id", "consumer", "event_id", "aggregate", "type", "replays", "fingerprint")]
    statement = sa.select(*columns).where(inbox_failure.c.state == "parked", selection.clause())
    rows = list(connection.execute(statement.order_by(inbox_failure.c.id).with_for_update()))
    for consumer in sorted({row.consumer for row in rows}):
        aggregates = {row.aggregate for row in rows if row.consumer == consumer}
        failures.lock_aggregates(connection, consumer, aggregates - {None})
    return rows


def _audit(connection: sa.Connection, rows: Sequence[Any], action: str, actor: str, now: datetime, reason: str = "") -> None:
    records = [
        audit.AuditRecord(
            time=now,
            actor=actor,
            action=action,
            subject=f"event/{row.event_id}",
            reason=reason,
            changes=[{"field": "consumer", "before": "parked", "after": row.consumer}],
        )
        for row in rows
    ]
    audit.stage(connection, records)
