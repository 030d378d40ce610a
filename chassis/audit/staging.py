"""Stage audit records in the transaction they tell of; the runner seals them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.audit.tables import audit_outbox

_INSERT = audit_outbox.insert()
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class AuditRecord:
    """Who did what to which object, `<resource>/<id>`. `result` is done or refused; `changes` are field, before, after."""

    time: datetime
    actor: str
    action: str
    subject: str
    on_behalf_of: str = ""
    org_id: str | None = None
    org_path: str | None = None
    result: str = "done"
    reason: str = ""
    changes: Sequence[dict[str, str]] = field(default_factory=list)
    decision_id: str = ""
    request_id: str = ""
    traceparent: str = ""
    count: int = 1


def stage(connection: sa.Connection, records: Sequence[AuditRecord]) -> None:
    """Write records to the staging table, in their order."""
    if records:
        connection.execute(_INSERT, [dict(vars(record)) for record in records])


def stage_coalesced(connection: sa.Connection, record: AuditRecord, also: str = "") -> None:
    """Write a refusal or an audited read; within a minute, repeats of one actor, action and reason raise the first's count.

    `also` tells apart what must not be counted together, such as reads about different people.
    """
    minute = record.time.replace(second=0, microsecond=0)
    key = f"{record.actor}|{record.action}|{record.reason}|{minute.isoformat()}{also and f'|{record.subject}|{also}'}"
    statement = insert(audit_outbox).values(**vars(record), coalesce_key=key, ready_at=minute + _MINUTE)
    raised = {"count": audit_outbox.c.count + statement.excluded.count}
    connection.execute(statement.on_conflict_do_update(index_elements=["coalesce_key"], set_=raised))
