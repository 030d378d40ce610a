"""Write changed entities, and stage their facts and audit records, in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.audit import staging as audit
from chassis.cause import Cause
from chassis.events import staging as events
from chassis.policy.subject import Subject
from chassis.store.entity import Entity, Mapping

BOOKKEEPING = frozenset({"id", "version", "sequence", "created_at", "updated_at", "org_path"})


class ChangeWithoutEvent(RuntimeError):
    """A command changed an entity and recorded no fact: a defect, so the transaction fails."""


@dataclass
class Change:
    """An entity that a transaction holds; `before` is its row as loaded, None for a new one. One that is not locked was only
    looked at, so it may have changed since."""

    mapping: Mapping[Any]
    entity: Entity
    before: dict[str, Any] | None
    removed: bool = False
    locked: bool = True
    action: str = ""
    decision_id: str = ""


def write_changes(
    connection: sa.Connection, changes: Iterable[Change], cause: Cause, subject: Subject, now: datetime, service: str
) -> None:
    """Write each changed entity once; stage one audit record for each and all their facts, in the order recorded."""
    staged: list[events.StagedEvent] = []
    records: list[audit.AuditRecord] = []
    for change in changes:
        row = change.mapping.to_row(change.entity)
        if not _write(connection, change, row):
            continue
        staged += _staged(change, cause, subject, now, service)
        records.append(_record(change, row, cause, subject, now))
    events.stage(connection, staged)
    audit.stage(connection, records)


def _write(connection: sa.Connection, change: Change, row: dict[str, Any]) -> bool:
    """-> whether anything had to be written."""
    mapping, entity = change.mapping, change.entity
    changed = {name: value for name, value in row.items() if change.before is None or value != change.before[name]}
    if not entity.recorded:
        if changed or change.removed:
            raise ChangeWithoutEvent(f"{mapping.resource} {entity.id}: {sorted(changed)}")
        return False
    if change.removed and change.before is not None:
        connection.execute(mapping.delete_one, {"of_id": entity.id})
    elif change.before is None:
        connection.execute(mapping.insert_one, row)
    else:
        connection.execute(mapping.update_one, {**changed, "of_id": entity.id})
    return True


def _staged(change: Change, cause: Cause, subject: Subject, now: datetime, service: str) -> list[events.StagedEvent]:
    entity, resource = change.entity, change.mapping.resource
    first = entity.sequence - len(entity.recorded) + 1
    return [
        events.make(
            message,
            service=service,
            resource=resource,
            aggregate=f"{resource}/{entity.id}",
            aggregate_seq=first + place,
            org_id=getattr(entity, "org_id", None),
            owner_id=getattr(entity, "owner_id", None),
            org_path=getattr(entity, "org_path", None),
            actor=subject.id,
            on_behalf_of=subject.on_behalf_of,
            cause=cause,
            at=now,
        )
        for place, message in enumerate(entity.recorded)
    ]


def _record(change: Change, row: dict[str, Any], cause: Cause, subject: Subject, now: datetime) -> audit.AuditRecord:
    entity, resource = change.entity, change.mapping.resource
    return audit.AuditRecord(
        time=now,
        actor=subject.id,
        on_behalf_of=subject.on_behalf_of,
        action=change.action or f"{resource}.{_fact(entity.recorded[0], resource)}",
        subject=f"{resource}/{entity.id}",
        org_id=getattr(entity, "org_id", None),
        org_path=getattr(entity, "org_path", None),
        result="done",
        changes=_differences(change, row),
        decision_id=change.decision_id,
        request_id=cause.request_id,
        traceparent=cause.traceparent,
    )


def _fact(message: Message, resource: str) -> str:
    """RegistrationReviewStarted of a registration → review_started."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", message.DESCRIPTOR.name).lower()
    return snake.removeprefix(resource + "_")


def _differences(change: Change, row: dict[str, Any]) -> list[dict[str, str]]:
    before = change.before or {}
    after: dict[str, Any] = {} if change.removed else row
    names = [name for name in row if name not in BOOKKEEPING and before.get(name) != after.get(name)]
    hidden = change.mapping.free_text
    return [{"field": name, "before": _shown(before, name, hidden), "after": _shown(after, name, hidden)} for name in names]


def _shown(row: dict[str, Any], name: str, hidden: frozenset[str]) -> str:
    value = row.get(name)
    if value is None or value == "":
        return ""
    if name in hidden:
        return "changed"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value.value if isinstance(value, Enum) else value)
