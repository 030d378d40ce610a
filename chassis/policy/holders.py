"""Who may do something to an object: those whose roles or grants could say so, each decided as a call of hers would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis.policy.facts import Facts, people_with_organizations
from chassis.policy.policy import Policy
from chassis.policy.roles import EVENT
from chassis.policy.subject import Subject
from chassis.policy.tables import fact_person
from chassis.policy.ways import Way

ASKED_AT_ONCE = 100
ASKED_AT_MOST = 300  # a millisecond or two each, so that a page is there within a second


@dataclass(frozen=True)
class Deed:
    """An action on one row, as policies see the row."""

    action: str
    resource: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Holder:
    """Somebody who may, and the ways that hold for her."""

    subject: Subject
    ways: tuple[Way, ...]


class Holders:
    """Goes through the people of one service's facts by id."""

    def __init__(self, connection: sa.Connection, facts: Facts, policy: Policy, now: datetime) -> None:
        self._connection, self._facts, self._policy, self._now = connection, facts, policy, now

    def page(self, deed: Deed, after: str, size: int) -> tuple[list[Holder], str]:
        """Up to `size` of them with ids beyond `after`; -> (holders, the id to go on after, empty at the end)."""
        found: list[Holder] = []
        for count, subject in enumerate(self._candidates(deed, after), 1):
            ways = self._ways(subject, deed)
            if ways:
                found.append(Holder(subject, ways))
            if len(found) == size or count == ASKED_AT_MOST:
                return found, subject.id
        return found, ""

    def _ways(self, subject: Subject, deed: Deed) -> tuple[Way, ...]:
        """Those that hold. Who may not read it gets NOT_FOUND whatever else she may, so she may not."""
        residual = self._policy.filter(subject, deed.action, deed.resource, now=self._now)
        reads = self._policy.filter(subject, "read", deed.resource, now=self._now)
        if not (residual.predicate(deed.row) and reads.predicate(deed.row)):
            return ()
        return tuple(way for way in self._policy.ways(subject, deed.action, residual, deed.row) if way.holds)

    def _candidates(self, deed: Deed, after: str) -> Iterator[Subject]:
        statement = _candidates(deed, self._facts.roles_allowing(deed.resource, deed.action))
        while True:
            rows = self._connection.execute(statement, {"after": after}).mappings().all()
            yield from (self._facts.subject_of(dict(row)) for row in rows)
            if len(rows) < ASKED_AT_ONCE:
                return
            after = rows[-1]["id"]


def _candidates(deed: Deed, roles: list[str]) -> sa.Select[Any]:
    """Nobody else can get a yes: without a role or a grant only what names her in the row itself opens it."""
    named = sorted({value for value in deed.row.values() if isinstance(value, str) and 0 < len(value) <= 64})
    could = [fact_person.c.roles.overlap(roles), fact_person.c.id.in_(named)]
    if deed.resource != EVENT:  # events need a role that reads events, and a grant is on what they are about
        could.append(fact_person.c.grants.contains([{"resource": deed.resource, "object": deed.row["id"]}]))
    return (
        people_with_organizations()
        .where(fact_person.c.state == "active", fact_person.c.id > sa.bindparam("after"), sa.or_(*could))
        .order_by(fact_person.c.id)
        .limit(ASKED_AT_ONCE)
    )
