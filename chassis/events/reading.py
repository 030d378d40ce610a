"""The read side of the log, for ListEvents, WatchEvents and internal use. Position is the only cursor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.events.envelope import LoggedEvent
from chassis.events.tables import event_log, event_personal
from chassis.events.types import message_class

POLL_SECONDS = 0.25
_BODY = event_log.c.body.op("||")(sa.func.coalesce(event_personal.c.data, sa.literal(b"", sa.LargeBinary)))
_COLUMNS = ("position", "event_id", "aggregate", "aggregate_seq", "type", "recorded_at", "headers")
SELECT = sa.select(*(event_log.c[name] for name in _COLUMNS), _BODY.label("body")).select_from(
    event_log.outerjoin(event_personal, event_log.c.position == event_personal.c.position)
)


@dataclass(frozen=True)
class Query:
    """What to read. Empty `types` and `subject` mean all; `where` are further conditions on `event_log`, such as a policy's."""

    after: int = 0
    types: Sequence[str] = ()
    subject: str = ""
    limit: int = 50
    where: Sequence[sa.ColumnElement[bool]] = field(default_factory=tuple)


def head(connection: sa.Connection) -> int:
    """The position of the newest event."""
    return int(connection.scalar(sa.text("SELECT position FROM log_head")) or 0)


def list_events(connection: sa.Connection, query: Query) -> tuple[list[LoggedEvent], int]:
    """(events after a position, oldest first, the position to go on after).

    A short page means that the end was reached: `next` is then the head as it was before reading, so that a reader who
    may see little does not go over the same stretch again.
    """
    newest = head(connection)
    statement = SELECT.where(event_log.c.position > query.after, event_log.c.position <= newest, *query.where)
    if query.types:
        statement = statement.where(event_log.c.type.in_(query.types))
    if query.subject:
        statement = statement.where(event_log.c.aggregate == query.subject)
    rows = connection.execute(statement.order_by(event_log.c.position).limit(query.limit))
    events = [event_of(row) for row in rows]
    if len(events) == query.limit:
        return events, events[-1].position
    return events, max(newest, query.after)


def follow(
    opened: Callable[[], AbstractContextManager[sa.Connection]],
    query: Query,
    active: Callable[[], bool],
    pause: Callable[[float], Any] = time.sleep,
) -> Iterator[LoggedEvent]:
    """Events as they become visible, until `active` says no. A connection is held only while reading."""
    after = query.after
    while active():
        with opened() as connection:
            events, after = list_events(connection, Query(after, query.types, query.subject, query.limit, query.where))
        yield from events
        if len(events) < query.limit:
            pause(POLL_SECONDS)


def event_of(row: Any) -> LoggedEvent:
    """The event of a row of SELECT."""
    return LoggedEvent(*row)


def message_of(event: LoggedEvent) -> Message | None:
    """The event's message; None when this release does not know its type (a newer one recorded it)."""
    known = message_class(event.type)
    return None if known is None else known.FromString(event.body)


def as_json(event: LoggedEvent) -> dict[str, Any]:
    """The body as JSON with the names of the contract; empty when the type is unknown."""
    message = message_of(event)
    return {} if message is None else dict(json_format.MessageToDict(message, preserving_proto_field_name=True))
