"""What a person does with jobs that were given up: look at them, let them run again, or decide that they shall not be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis.audit import staging as audit
from chassis.errors import InvalidArgument
from chassis.store.tables import jobs

PARKED = jobs.c.parked_at.is_not(None)


@dataclass(frozen=True)
class Selection:
    """Which parked jobs: of a kind, of these the ones with the keys named, or all."""

    kind: str = ""
    keys: Sequence[str] = ()
    everything: bool = False

    def clause(self) -> sa.ColumnElement[bool]:
        """Raises InvalidArgument when nothing is selected: leaving it out must not mean all."""
        if self.keys and not self.kind:
            raise InvalidArgument.field("kind", "a key alone names no job: say of which kind")
        if self.kind:
            return sa.and_(jobs.c.kind == self.kind, jobs.c.key.in_(self.keys) if self.keys else sa.true())
        if self.everything:
            return sa.true()
        raise InvalidArgument.field("selection", "name a kind, with keys or without, or say all")


def parked(connection: sa.Connection) -> list[Any]:
    """Parked jobs (kind, key, attempts, due_at, parked_at, last_error), the longest parked first."""
    columns = [jobs.c[name] for name in ("kind", "key", "attempts", "due_at", "parked_at", "last_error")]
    return list(connection.execute(sa.select(*columns).where(PARKED).order_by(jobs.c.parked_at, jobs.c.kind, jobs.c.key)))


def retry(connection: sa.Connection, selection: Selection, actor: str, now: datetime) -> int:
    """Let the runner do parked jobs again, as if for the first time; -> how many. Each is audited."""
    again = sa.update(jobs).where(PARKED, selection.clause()).values(parked_at=None, attempts=0)
    rows = list(connection.execute(again.returning(jobs.c.kind, jobs.c.key)))
    _audit(connection, rows, "job.retry", actor, now)
    return len(rows)


def discard(connection: sa.Connection, selection: Selection, actor: str, now: datetime, reason: str) -> int:
    """Decide that parked jobs shall never be done; -> how many. They are gone; each is audited with its reason."""
    rows = list(connection.execute(sa.delete(jobs).where(PARKED, selection.clause()).returning(jobs.c.kind, jobs.c.key)))
    _audit(connection, rows, "job.discard", actor, now, reason)
    return len(rows)


def _audit(connection: sa.Connection, rows: Sequence[Any], action: str, actor: str, now: datetime, reason: str = "") -> None:
    records = [
        audit.AuditRecord(time=now, actor=actor, action=action, subject=f"job/{row.kind}/{row.key}"[:200], reason=reason, changes=[])
        for row in rows
    ]
    audit.stage(connection, records)
