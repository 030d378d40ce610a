"""Say all facts again, for services that know nothing yet or lost what they knew. The newest version wins, so it does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message
from prm.identity.v1 import facts_pb2

from chassis.cause import Cause
from chassis.events import staging
from chassis.policy import facts
from chassis.policy.tables import fact_key, fact_organization, fact_person
from chassis.store.system import SystemWork
from chassis.store.transaction import Transaction
from services.identity.facts import stored
from services.identity.facts.model import REPLAYS_ID, ROLE_TABLE_ID, FactLog
from services.identity.facts.table import REPLAYS, fact_logs
from services.identity.organizations.table import organizations
from services.identity.people.table import people
from services.identity.service_accounts.table import service_accounts
from services.identity.tokens.table import signing_keys

CHUNK = 500
CAUSE = Cause(action="facts.replay")
Say = Callable[[sa.Connection, Any], Message | None]


def replay_facts(work: SystemWork) -> str:
    """Stage every current fact in chunks, then the end mark; -> the replay's id."""
    for resource, table, say in SAID:
        after = ""
        while after is not None:
            with work.transaction(CAUSE) as tx:
                after = _chunk(tx, resource, table, say, after)
    with work.transaction(CAUSE) as tx:
        return mark_end(tx)


def mark_end(tx: Transaction) -> str:
    """Stage the end mark: everything known now has been staged before it."""
    found = tx.take(REPLAYS, fact_logs.c.id == REPLAYS_ID)
    log = found[0] if found else tx.add(REPLAYS, FactLog(id=REPLAYS_ID, created_at=tx.now, updated_at=tx.now))
    mark = facts_pb2.FactsReplayed(
        replay_id=tx.new_id(REPLAYS.prefix),
        people=_count(tx, fact_person),
        organizations=_count(tx, fact_organization),
        keys=_count(tx, fact_key),
    )
    log.record(mark)
    facts.put_mark(tx.connection, mark, tx.now)
    return mark.replay_id


def _count(tx: Transaction, table: sa.Table) -> int:
    return tx.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0


def _chunk(tx: Transaction, resource: str, table: sa.Table, say: Say, after: str) -> Any:
    """Say the next few; -> where to go on, None at the end. Only the events' numbers move: nothing has changed."""
    rows = _numbered(tx.connection, table, after, ROLE_TABLE_ID if table is fact_logs else None)
    events = [(row, fact) for row in rows if (fact := say(tx.connection, row)) is not None]
    staging.stage(tx.connection, [_event(tx, resource, row, fact) for row, fact in events])
    return rows[-1].id if len(rows) == CHUNK else None


def _numbered(connection: sa.Connection, table: sa.Table, after: str, only: str | None) -> Sequence[sa.Row[Any]]:
    """The next rows, locked, each with the number of one more event."""
    wanted = sa.select(table.c.id).where(table.c.id > after, *([table.c.id == only] if only else [])).order_by(table.c.id).limit(CHUNK)
    ids = connection.execute(wanted.with_for_update()).scalars().all()
    raised = table.update().where(table.c.id.in_(ids)).values(sequence=table.c.sequence + 1).returning(table)
    return sorted(connection.execute(raised).all(), key=lambda row: str(row.id))


def _event(tx: Transaction, resource: str, row: sa.Row[Any], fact: Message) -> staging.StagedEvent:
    return staging.make(
        fact,
        service=tx.service,
        resource=resource,
        aggregate=f"{resource}/{row.id}",
        aggregate_seq=row.sequence,
        org_id=getattr(row, "org_id", None),
        owner_id=getattr(row, "owner_id", None),
        org_path=getattr(row, "org_path", None),
        actor=tx.subject.id,
        cause=tx.cause,
        at=tx.now,
    )


def _account(connection: sa.Connection, row: Any) -> Message | None:
    fact = stored.person(connection, row.id)
    return None if fact is None else facts_pb2.ServiceAccountFactsChanged(facts=fact)


def _key(connection: sa.Connection, row: Any) -> Message:
    if row.retired_at is not None:
        return facts_pb2.SigningKeyRetired(key_id=row.id, version=2)
    return facts_pb2.SigningKeyPublished(key_id=row.id, x=row.x, version=1)


SAID: Iterable[tuple[str, sa.Table, Say]] = (
    ("signing_key", signing_keys, _key),
    ("role", fact_logs, lambda connection, _: stored.roles(connection)),
    ("organization", organizations, lambda connection, row: stored.organization(connection, row.id)),
    ("service_account", service_accounts, _account),
    ("person", people, lambda connection, row: stored.person(connection, row.id)),
)
