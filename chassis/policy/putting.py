"""Write facts as they become known: by identity in the transaction of its own command, by the others from its events.

The newest version wins; an older or a repeated one changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp
from prm.identity.v1 import facts_pb2
from sqlalchemy.dialects.postgresql import Insert, insert

from chassis.errors import Unavailable
from chassis.policy.tables import fact_key, fact_mark, fact_organization, fact_person, fact_roles

AGAIN = timedelta(milliseconds=300)  # the rest is on its way through the same queue


class FactsMissing(Unavailable):
    """The end mark came before all that it stands for: repeat it later."""

    reason = "FACTS_MISSING"


def _put(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any], keep: Sequence[str] = ()) -> None:
    connection.execute(_statement(table, tuple(row), tuple(keep)), row)


@cache
def _statement(table: sa.Table, names: tuple[str, ...], keep: tuple[str, ...]) -> Insert:
    """Built once: making it anew took half of the time of an event."""
    statement = insert(table).values({name: sa.bindparam(name) for name in names})
    changed = {name: statement.excluded[name] for name in names if name != "id" and name not in keep}
    newer = table.c.version < statement.excluded.version
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=newer)


def put_person(connection: sa.Connection, fact: facts_pb2.PersonFactsChanged) -> None:
    """Facts of a person or a service account."""
    row = {
        "id": fact.person_id,
        "version": fact.version,
        "floor": fact.floor,
        "kind": fact.kind,
        "state": fact.state,
        "org_id": fact.organization_id,
        "roles": sorted(fact.roles),
        "assigned": sorted(fact.assigned_organization_ids),
        "grants": [_grant(grant) for grant in fact.grants],
        "not_before": _time(fact.not_before) if fact.HasField("not_before") else None,
    }
    _put(connection, fact_person, row)


def _grant(grant: facts_pb2.PersonFactsChanged.Grant) -> dict[str, Any]:
    ends = _time(grant.expire_time).timestamp()
    return {"resource": grant.resource, "object": grant.object_id, "actions": list(grant.actions), "expires_at": ends}


def _time(value: Timestamp) -> datetime:
    return value.ToDatetime(tzinfo=UTC)


def put_organization(connection: sa.Connection, fact: facts_pb2.OrganizationFactsChanged) -> None:
    """Facts of an organisation."""
    row = {
        "id": fact.organization_id,
        "version": fact.version,
        "floor": fact.floor,
        "path": fact.path,
        "state": fact.state,
        "tier": fact.tier,
        "types": list(fact.types),
        "regions": list(fact.regions),
        "certifications": list(fact.certifications),
    }
    _put(connection, fact_organization, row)


def put_roles(connection: sa.Connection, fact: facts_pb2.RoleFactsChanged) -> None:
    """The whole role table."""
    body = {"roles": {role.id: _role(role) for role in fact.roles}, "guarded_fields": sorted(fact.guarded_fields)}
    _put(connection, fact_roles, {"id": "all", "version": fact.version, "floor": fact.floor, "body": body})


def _role(role: facts_pb2.RoleFactsChanged.Role) -> dict[str, Any]:
    permissions: dict[str, dict[str, list[str]]] = {}
    for item in role.permissions:
        permissions.setdefault(item.resource, {})[item.action] = sorted(item.scopes)
    return {
        "permissions": permissions,
        "readable_fields": sorted(role.readable_fields),
        "toxic_with": sorted(role.toxic_with),
        "approval_limit": role.approval_limit,
    }


def put_key(connection: sa.Connection, fact: facts_pb2.SigningKeyPublished) -> None:
    """A public key that tokens may be signed with."""
    _put(connection, fact_key, {"id": fact.key_id, "version": fact.version, "x": fact.x, "retired": False})


def retire_key(connection: sa.Connection, fact: facts_pb2.SigningKeyRetired) -> None:
    """The key signs nothing any more; it stays retired, even if its publication comes later."""
    _put(connection, fact_key, {"id": fact.key_id, "version": fact.version, "x": "", "retired": True}, keep=["x"])


def put_mark(connection: sa.Connection, fact: facts_pb2.FactsReplayed, now: datetime) -> None:
    """The end of a replay. Raises FactsMissing while less is here than had been staged before it."""
    wanted = ((fact_person, fact.people), (fact_organization, fact.organizations), (fact_key, fact.keys), (fact_roles, 1))
    for table, count in wanted:
        here = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        if here < count:
            raise FactsMissing(f"{here} of {count} rows are in {table.name}", retry_after=AGAIN)
    connection.execute(insert(fact_mark).values(id=fact.replay_id, seen_at=now).on_conflict_do_nothing())
