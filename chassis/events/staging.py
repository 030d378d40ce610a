"""Stage events in the transaction that makes them true; the runner numbers and publishes what was committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.cause import Cause
from chassis.events import personal as personal_fields
from chassis.events.tables import BODY_LIMIT, outbox
from chassis.events.types import type_of
from chassis.ids import new_uuid

_INSERT = outbox.insert()


@dataclass(frozen=True)
class StagedEvent:
    """A fact about an aggregate, `<resource>/<id>`, before it has a position. `aggregate_seq` counts from 1, gap-free."""

    event_id: UUID
    aggregate: str
    aggregate_seq: int
    type: str
    resource: str
    org_id: str | None
    owner_id: str | None
    org_path: str | None
    recorded_at: datetime
    headers: dict[str, str]
    body: bytes
    personal: bytes | None = None
    person_id: str | None = None


def make(
    message: Message,
    *,
    service: str,
    resource: str,
    aggregate: str,
    aggregate_seq: int,
    org_id: str | None = None,
    owner_id: str | None = None,
    org_path: str | None = None,
    actor: str,
    on_behalf_of: str = "",
    cause: Cause,
    at: datetime,
) -> StagedEvent:
    """The event of a recorded fact. Raises TypeError or ValueError for a message that cannot be one: a defect."""
    kind = _checked_type(message, service, resource)
    event_id = new_uuid(at)
    body, personal = personal_fields.split(message)
    if len(body) > BODY_LIMIT:
        raise ValueError(f"{kind} has {len(body)} bytes; an event carries ids, not content")
    return StagedEvent(
        event_id=event_id,
        aggregate=aggregate,
        aggregate_seq=aggregate_seq,
        type=kind,
        resource=resource,
        org_id=org_id,
        owner_id=owner_id,
        org_path=org_path,
        recorded_at=at,
        headers=_headers(actor, on_behalf_of, cause, str(event_id)),
        body=body,
        personal=personal,
        person_id=personal_fields.person_of(message, aggregate) if personal else None,
    )


def _checked_type(message: Message, service: str, resource: str) -> str:
    """Subscribers derive the routing key from the message alone, so both ways must agree."""
    kind = type_of(type(message), service)
    if kind.split(".")[2] != resource:
        name = message.DESCRIPTOR.full_name
        raise ValueError(f'{name} was recorded by a {resource} but reads as {kind}: give it `option (noun) = "{resource}";`')
    return kind


def _headers(actor: str, on_behalf_of: str, cause: Cause, event_id: str) -> dict[str, str]:
    headers = {
        "actor": actor,
        "on_behalf_of": on_behalf_of,
        "correlation_id": cause.correlation_id or cause.request_id or event_id,
        "causation_id": cause.causation_id or cause.request_id,
        "traceparent": cause.traceparent,
    }
    return {name: value for name, value in headers.items() if value}


def stage(connection: sa.Connection, events: Sequence[StagedEvent]) -> None:
    """Write events to the outbox in their order; they exist if and only if the transaction commits."""
    if events:
        connection.execute(_INSERT, [dict(vars(event)) for event in events])
