"""Commands schedule and cancel jobs in their own transaction; the runner works them off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.store.tables import jobs

_INSERT = insert(jobs).values({name: sa.bindparam(name) for name in ("kind", "key", "due_at", "payload")})
_SCHEDULE = _INSERT.on_conflict_do_update(
    index_elements=["kind", "key"],
    set_={
        "due_at": _INSERT.excluded.due_at,
        "payload": _INSERT.excluded.payload,
        "attempts": 0,
        "last_error": None,
        "parked_at": None,
    },
)
_CANCEL = jobs.delete().where(jobs.c.kind == sa.bindparam("job_kind"), jobs.c.key == sa.bindparam("job_key"))


def schedule(connection: sa.Connection, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any]) -> None:
    """Do `kind` for `key` at a time; replaces a job of the same kind and key."""
    connection.execute(_SCHEDULE, {"kind": kind, "key": key, "due_at": due_at, "payload": dict(payload)})


def cancel(connection: sa.Connection, kind: str, key: str) -> None:
    """Forget a job; no error if there is none."""
    connection.execute(_CANCEL, {"job_kind": kind, "job_key": key})
