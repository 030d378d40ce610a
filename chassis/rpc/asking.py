"""Questions about rights: whom one may ask about, which objects one may name, and that asking is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.audit.tables import audit_log
from chassis.errors import InvalidArgument, NotFound
from chassis.events.tables import event_log
from chassis.policy.clauses import as_policy_row
from chassis.policy.decisions import Decision, refusal
from chassis.policy.filters import Keyed, Rows
from chassis.policy.subject import Subject
from chassis.rpc.context import Call

RESOURCE = "decision"
LOGS = (Keyed("event", event_log, "position"), Keyed("audit_record", audit_log, "position"))


class Nouns:
    """What a service may be asked about: its own objects, its events and its audit records."""

    def __init__(self, rows: Sequence[Rows]) -> None:
        self._rows = {item.resource: item for item in (*rows, *LOGS)}

    def of(self, resource: str) -> Rows:
        """Raises InvalidArgument for what another service has."""
        if resource not in self._rows:
            raise InvalidArgument.field("resource", f"use one of {', '.join(sorted(self._rows))}")
        return self._rows[resource]


class Asking:
    """One call's questions. What the caller may not read, person or object, is not there."""

    def __init__(self, asked: Call) -> None:
        self._asked, self._now = asked, asked.host.clock.now()

    def person(self, action: str, person_id: str) -> tuple[Subject, Decision]:
        """Whom the question is about, and the decision that it may be asked. Raises NotFound or PermissionDenied."""
        wanted = person_id or self._asked.subject.id
        known = self._asked.host.facts.about(self._asked.read.connection, wanted)
        if known is not None:
            decision = self.decide(action, RESOURCE, known)
            if decision.allowed:
                return known, decision
            if self.decide("read", "person", known).allowed:
                raise refusal(decision, known.org_id)
        raise NotFound(f"There is no person {wanted[:64]}", metadata={"resource": "person"})

    def may_see(self, action: str, person: Subject) -> bool:
        """Whether this person may stand in an answer."""
        return self.decide(action, RESOURCE, person).allowed

    def decide(self, action: str, resource: str, person: Subject) -> Decision:
        """Whether the caller may do this to what belongs to the person, and she herself is."""
        row = {"id": person.id, "org_id": person.org_id, "org_path": person.org_path, "owner_id": person.id}
        return self._asked.host.policy.check(self._asked.subject, action, resource, row, now=self._now)

    def row(self, rows: Rows, object_id: str) -> dict[str, Any] | None:
        """The object as policies see it, None without one. Raises NotFound, also where the caller may not read it."""
        if not object_id:
            return None
        found = self._found(rows, object_id)
        if found is None or not self._reads(rows, found):
            raise NotFound(f"There is no {rows.resource} {object_id}", metadata={"resource": rows.resource})
        return found

    def _found(self, rows: Rows, object_id: str) -> dict[str, Any] | None:
        key = rows.table.c[getattr(rows, "key", "id")]
        if isinstance(key.type, sa.BigInteger) and not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            return None
        value = int(object_id) if isinstance(key.type, sa.BigInteger) else object_id
        row = self._asked.read.connection.execute(sa.select(rows.table).where(key == value)).mappings().one_or_none()
        return None if row is None else {"id": object_id, **as_policy_row(dict(row))}

    def _reads(self, rows: Rows, row: Mapping[str, Any]) -> bool:
        return self._asked.host.policy.check(self._asked.subject, "read", rows.resource, row, now=self._now).allowed

    def hidden(self, resource: str) -> frozenset[str]:
        """Fields of the resource that the caller may not read."""
        return frozenset(self._asked.host.policy.masks(self._asked.subject, resource, now=self._now))

    def reads_roles(self) -> bool:
        """Whether the caller may know which roles allow what."""
        return self._asked.host.policy.check(self._asked.subject, "read", "role", {}, now=self._now).allowed
