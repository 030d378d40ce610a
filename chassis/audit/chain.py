"""Recompute the chain: a record that was changed, removed, added or cut off no longer fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from prm.audit.v1 import events_pb2

from chassis.audit.sealing import chained
from chassis.audit.tables import audit_head, audit_log, audit_witness
from chassis.events.reading import SELECT, event_of
from chassis.events.tables import event_log
from chassis.events.types import type_of
from chassis.settings import SERVICES

START = bytes(32)
CHUNK = 1000


@dataclass(frozen=True)
class Verdict:
    """What was found. `broken_at` is the first position that does not fit, 0 when intact; `position` and `hash` are the head's."""

    intact: bool
    checked: int
    broken_at: int
    position: int
    hash: bytes
    problem: str = ""


@dataclass(frozen=True)
class Head:
    """A head of the chain as somebody else knows it."""

    position: int
    hash: bytes


def verify(connection: sa.Connection, last: int = 0, heads: Iterable[Head] = ()) -> Verdict:
    """Recompute the chain, or its `last` so many records when not 0.

    Compares with the stored head, with the heads in this service's event log, and with `heads`, what another service
    witnessed (read before this is called, so that none can be newer than the chain).
    """
    seen = [*heads, *published_heads(connection)]
    head = connection.execute(_HEAD_AND_ENDS).one()
    newest = Head(int(head.position), bytes(head.hash))
    beside = _beside(head)
    if beside is not None:
        return Verdict(False, 0, beside, newest.position, newest.hash, "a record stands outside the chain")
    first = max(1, newest.position - last + 1) if last else 1
    known: dict[int, set[bytes]] = {}
    for item in (*seen, newest):
        if item.position >= first:
            known.setdefault(item.position, set()).add(item.hash)
    checked, problem, at = _walk(connection, first, newest.position, known)
    return Verdict(not problem, checked, at, newest.position, newest.hash, problem)


# In one statement, so that a sealer at work is seen before or after, never between.
_HEAD_AND_ENDS = sa.select(
    audit_head.c.position,
    audit_head.c.hash,
    sa.select(sa.func.min(audit_log.c.position)).scalar_subquery().label("oldest"),
    sa.select(sa.func.max(audit_log.c.position)).scalar_subquery().label("last"),
)


def _beside(head: Any) -> int | None:
    """The position of a record that nothing chains: whoever may add lines could show one that no walk along the chain meets."""
    if head.last is not None and head.last > head.position:
        return int(head.last)
    return int(head.oldest) if head.oldest is not None and head.oldest < 1 else None


def verify_last(connection: sa.Connection, last: int) -> Verdict:
    """Recompute the last so many records."""
    return verify(connection, last)


def _walk(connection: sa.Connection, first: int, head: int, known: dict[int, set[bytes]]) -> tuple[int, str, int]:
    """(records checked, what is wrong or empty, where)."""
    previous = _hash_before(connection, first)
    if previous is None:
        return 0, "the record before is missing", first - 1
    expected = first
    for row in _records(connection, first, head):
        if row["position"] != expected:
            return expected - first, "a record is missing", expected
        previous = chained(previous, expected, row)
        if previous != bytes(row["hash"]):
            return expected - first, "a record was changed", expected
        if known.pop(expected, {previous}) != {previous}:
            return expected - first, "the chain was rewritten: a head seen earlier was another", expected
        expected += 1
    if head != expected - 1 or known:
        return expected - first, "records were cut off at the end", expected
    return expected - first, "", 0


def _hash_before(connection: sa.Connection, first: int) -> bytes | None:
    if first == 1:
        return START
    found = connection.scalar(sa.select(audit_log.c.hash).where(audit_log.c.position == first - 1))
    return None if found is None else bytes(found)


def _records(connection: sa.Connection, first: int, head: int) -> Iterable[Any]:
    after = first - 1
    while True:
        stretch = sa.and_(audit_log.c.position > after, audit_log.c.position <= head)
        statement = sa.select(audit_log).where(stretch).order_by(audit_log.c.position).limit(CHUNK)
        rows = connection.execute(statement).mappings().all()
        if not rows:
            return
        yield from rows
        after = int(rows[-1]["position"])


def published_heads(connection: sa.Connection) -> list[Head]:
    """The heads this service published, from its own event log."""
    own = [type_of(events_pb2.AuditHeadSealed, service) for service in SERVICES]
    events = [event_of(row) for row in connection.execute(SELECT.where(event_log.c.type.in_(own)))]
    messages = [events_pb2.AuditHeadSealed.FromString(event.body) for event in events]
    return [Head(message.position, message.hash) for message in messages]


def witnessed_heads(connection: sa.Connection, service: str) -> list[Head]:
    """The heads of another service that this one has seen."""
    rows = connection.execute(sa.select(audit_witness.c.position, audit_witness.c.hash).where(audit_witness.c.service == service))
    return [Head(int(row.position), bytes(row.hash)) for row in rows]
