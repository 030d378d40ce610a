"""One command, one transaction: load, visible, allowed, etag, change; effects, facts and audit are written together.

The entry (interceptor, inbox wrapper, job loop) opens a `Transaction` and commits it; commands only use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypedDict, TypeVar

import sqlalchemy as sa

from chassis import ids
from chassis.cause import Cause
from chassis.errors import DomainError, EtagMismatch, NotFound, PermissionDenied
from chassis.policy.decisions import Decision, keep, refusal
from chassis.policy.subject import Subject
from chassis.settings import SharedSettings
from chassis.store import entity as entities
from chassis.store.changes import Change, write_changes
from chassis.store.jobs import cancel, schedule

E = TypeVar("E", bound=entities.Entity)
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class Stamp(TypedDict):
    """Id and times of something new."""

    id: str
    created_at: datetime
    updated_at: datetime


class DecisionLike(Protocol):
    """What a policy answers."""

    @property
    def allowed(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def decision_id(self) -> str: ...


class Authority(Protocol):
    """Who decides: the policy, or a constant table for the system itself."""

    def check(
        self, subject: Subject, action: str, resource: str, row: Mapping[str, Any], *, now: datetime, fresh: bool = False
    ) -> DecisionLike: ...


@dataclass
class Transaction:
    """The open transaction of one command. `now` is the same for all of it."""

    connection: sa.Connection
    subject: Subject
    authority: Authority
    now: datetime
    cause: Cause
    service: str
    settings: SharedSettings
    fresh: bool = False
    _changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    _decisions: list[Decision] = field(default_factory=list)

    def new_id(self, prefix: str) -> str:
        """A fresh id of this transaction's time."""
        return ids.new_id(prefix, self.now)

    def stamp(self, mapping: entities.Mapping[Any]) -> Stamp:
        """What every new entity begins with."""
        return {"id": self.new_id(mapping.prefix), "created_at": self.now, "updated_at": self.now}

    def load(self, mapping: entities.Mapping[E], id: str, action: str = "read") -> E:
        """The entity, locked until the end. Raises NotFound, also where the subject may not see it."""
        return self._found(mapping, id, action, lock=True)

    def get(self, mapping: entities.Mapping[E], id: str, action: str = "read") -> E:
        """The entity without a lock, to look at. Raises NotFound as `load` does."""
        return self._found(mapping, id, action, lock=False)

    def _found(self, mapping: entities.Mapping[E], id: str, action: str, *, lock: bool) -> E:
        known = self._known(mapping, id, lock=lock)
        if known is not None:
            return known
        statement = mapping.lock_one if lock else mapping.select_one
        row = self.connection.execute(statement, {"id": id}).mappings().one_or_none()
        if row is None or not self._decide(mapping, action, mapping.policy_row(row), fresh=False).allowed:
            raise NotFound(f"There is no {mapping.resource} {id[:64]}", metadata={"resource": mapping.resource})
        return self._held(mapping, row, locked=lock)

    def take(self, mapping: entities.Mapping[E], *where: sa.ColumnElement[bool]) -> list[E]:
        """All entities that meet the conditions, locked in the order of their ids, without asking the policy.

        For what a command does beyond its own object once that was allowed (all members of a group that changes), and for
        calls that come before anybody is known (sign-in). Never for an object that the caller names and gets to see.
        """
        statement = mapping.select.where(*where).order_by(mapping.table.c.id).with_for_update()
        rows = self.connection.execute(statement).mappings().all()
        return [self._known(mapping, row["id"], lock=True) or self._held(mapping, row, locked=True) for row in rows]

    def _known(self, mapping: entities.Mapping[E], id: str, *, lock: bool) -> E | None:
        """The entity if this transaction has it; what was only looked at does not count where a lock is wanted."""
        change = self._changes.get((mapping.resource, id))
        return None if change is None or (lock and not change.locked) else change.entity  # type: ignore[return-value]

    def _held(self, mapping: entities.Mapping[E], row: Any, *, locked: bool) -> E:
        found = mapping.from_row(row)
        found.change_at(self.now)
        self._changes[mapping.resource, found.id] = Change(mapping, found, before=dict(row), locked=locked)
        return found

    def add(self, mapping: entities.Mapping[E], entity: E) -> E:
        """Store a new entity at the end of the transaction."""
        self._changes[mapping.resource, entity.id] = Change(mapping, entity, before=None)
        return entity

    def remove(self, mapping: entities.Mapping[E], entity: E) -> None:
        """Delete the entity at the end of the transaction; its last fact is recorded like any other."""
        self._changes.setdefault((mapping.resource, entity.id), Change(mapping, entity, before=None)).removed = True

    def authorize(self, action: str, entity: entities.Entity, mapping: entities.Mapping[Any] | None = None) -> None:
        """Raises PermissionDenied with the decision's id unless the subject may do this to the entity as it is now."""
        change = next((item for item in self._changes.values() if item.entity is entity), None)
        tied = mapping or (change.mapping if change else None)
        if tied is None:
            raise LookupError(f"{entity.id} is unknown to this transaction")
        decision = self._decide(tied, action, tied.policy_row_of(entity), fresh=self.fresh)
        if change is not None:
            change.action, change.decision_id = f"{tied.resource}.{action}", decision.decision_id
        if not decision.allowed:
            raise denied(tied.resource, action, entity, decision)
        if isinstance(decision, Decision):
            self._decisions.append(decision)

    def _decide(self, mapping: entities.Mapping[Any], action: str, row: Mapping[str, Any], *, fresh: bool) -> DecisionLike:
        return self.authority.check(self.subject, action, mapping.resource, row, now=self.now, fresh=fresh)

    def require_etag(self, entity: entities.Entity, etag: str) -> None:
        """Raises EtagMismatch if the caller saw another version; an empty etag means any."""
        if etag and etag != entity.etag:
            raise EtagMismatch("It has changed since you looked; look again", metadata={"etag": entity.etag})

    def lock(self, name: str) -> None:
        """Hold a name until the end; others wait for it. For what no row stands for yet, such as a code that is free."""
        self.connection.execute(_LOCK, {"name": name})

    def schedule(self, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None) -> None:
        """Let the runner do this at a time; a job of the same kind and key is replaced."""
        schedule(self.connection, kind, key, due_at, payload or {})

    def cancel(self, kind: str, key: str) -> None:
        """Forget a job; no error if there is none."""
        cancel(self.connection, kind, key)

    def flush(self) -> None:
        """Write what changed, with its facts and audit records. The entry calls it before it commits."""
        keep(self.connection, self._decisions)
        write_changes(self.connection, self._changes.values(), self.cause, self.subject, self.now, self.service)


def denied(resource: str, action: str, entity: entities.Entity, decision: DecisionLike) -> DomainError:
    """The refusal, as the caller and the audit log see it."""
    if isinstance(decision, Decision):
        return refusal(decision, str(getattr(entity, "org_id", "")))
    metadata = {"action": f"{resource}.{action}", "subject": f"{resource}/{entity.id}"}
    return PermissionDenied("You may not do this", reason=decision.reason or "NOT_ALLOWED", metadata=metadata)
