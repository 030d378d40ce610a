"""Facts as they were published last, read back from the fact tables; None for what was never published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from prm.identity.v1 import facts_pb2

from chassis.policy.tables import fact_organization, fact_person, fact_roles
from chassis.times import to_timestamp

_PERSON = sa.select(fact_person).where(fact_person.c.id == sa.bindparam("id"))
_ORGANIZATION = sa.select(fact_organization).where(fact_organization.c.id == sa.bindparam("id"))
_ROLES = sa.select(fact_roles)


def person(connection: sa.Connection, id: str) -> facts_pb2.PersonFactsChanged | None:
    """Of a person or a service account."""
    row = connection.execute(_PERSON, {"id": id}).one_or_none()
    if row is None:
        return None
    return facts_pb2.PersonFactsChanged(
        person_id=row.id,
        version=row.version,
        floor=row.floor,
        kind=row.kind,
        state=row.state,
        organization_id=row.org_id,
        roles=row.roles,
        assigned_organization_ids=row.assigned,
        grants=[_grant(item) for item in row.grants],
        not_before=to_timestamp(row.not_before),
    )


def _grant(item: dict[str, Any]) -> facts_pb2.PersonFactsChanged.Grant:
    ends = to_timestamp(datetime.fromtimestamp(item["expires_at"], UTC))
    return facts_pb2.PersonFactsChanged.Grant(
        resource=item["resource"], object_id=item["object"], actions=item["actions"], expire_time=ends
    )


def organization(connection: sa.Connection, id: str) -> facts_pb2.OrganizationFactsChanged | None:
    """Of an organisation."""
    row = connection.execute(_ORGANIZATION, {"id": id}).one_or_none()
    if row is None:
        return None
    return facts_pb2.OrganizationFactsChanged(
        organization_id=row.id,
        version=row.version,
        floor=row.floor,
        path=row.path,
        state=row.state,
        tier=row.tier,
        types=row.types,
        regions=row.regions,
        certifications=row.certifications,
    )


def roles(connection: sa.Connection) -> facts_pb2.RoleFactsChanged | None:
    """The whole role table."""
    row = connection.execute(_ROLES).one_or_none()
    if row is None:
        return None
    table = row.body["roles"]
    return facts_pb2.RoleFactsChanged(
        version=row.version,
        floor=row.floor,
        roles=[_role(name, table[name]) for name in sorted(table)],
        guarded_fields=row.body["guarded_fields"],
    )


def _role(id: str, item: dict[str, Any]) -> facts_pb2.RoleFactsChanged.Role:
    permissions = [
        facts_pb2.RoleFactsChanged.Permission(resource=resource, action=action, scopes=scopes)
        for resource, actions in sorted(item["permissions"].items())
        for action, scopes in sorted(actions.items())
    ]
    return facts_pb2.RoleFactsChanged.Role(
        id=id,
        permissions=permissions,
        readable_fields=item["readable_fields"],
        toxic_with=item["toxic_with"],
        approval_limit=item["approval_limit"],
    )
