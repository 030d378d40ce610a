"""Facts as they are now, made from the objects; versions are not set yet. Lists are sorted, so that equal facts are equal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from prm.identity.v1 import facts_pb2

from chassis.times import to_timestamp
from services.identity.grants.model import Grant
from services.identity.grants.table import GRANTS, grants
from services.identity.groups.model import Group
from services.identity.groups.table import GROUPS, groups
from services.identity.organizations.model import Organization
from services.identity.people.model import Person
from services.identity.roles.model import Role
from services.identity.roles.shipped import GUARDED_FIELDS
from services.identity.roles.table import ROLES
from services.identity.service_accounts.model import ServiceAccount

VENDOR_DEPTH = 1


def kind_of(org_path: str) -> str:
    """`vendor` for the root of the tree, `partner` for all below."""
    return "vendor" if org_path.count(".") == VENDOR_DEPTH else "partner"


def person(
    connection: sa.Connection, who: Person, pending_groups: Sequence[Group], pending_grants: Sequence[Grant], now: datetime
) -> facts_pb2.PersonFactsChanged:
    """What decides the access of a person."""
    live = [grant for grant in grants_of(connection, who.id, pending_grants) if grant.live(now)]
    return facts_pb2.PersonFactsChanged(
        person_id=who.id,
        kind=kind_of(who.org_path),
        state=who.state.value,
        organization_id=who.org_id,
        roles=roles_of(connection, who, pending_groups),
        assigned_organization_ids=sorted(who.assigned),
        grants=[_grant(item) for item in sorted(live, key=lambda item: item.id)],
        not_before=to_timestamp(who.not_before),
    )


def roles_of(connection: sa.Connection, who: Person, pending: Sequence[Group] = ()) -> list[str]:
    """Her own roles and those of her groups; `pending` groups stand for what is written of them."""
    found = {row["id"]: GROUPS.from_row(row) for row in connection.execute(_GROUPS, {"members": [who.id]}).mappings()}
    found |= {group.id: group for group in pending}
    inherited = {role for group in found.values() if who.id in group.member_ids for role in group.roles}
    return sorted({*who.roles, *inherited})


def grants_of(connection: sa.Connection, person_id: str, pending: Sequence[Grant]) -> list[Grant]:
    """Her grants, ended ones too; `pending` ones stand for what is written of them."""
    found = {row["id"]: GRANTS.from_row(row) for row in connection.execute(_GRANTS, {"person_id": person_id}).mappings()}
    found |= {grant.id: grant for grant in pending if grant.person_id == person_id}
    return list(found.values())


_GROUPS = GROUPS.select.where(groups.c.member_ids.contains(sa.bindparam("members", type_=groups.c.member_ids.type)))
_GRANTS = GRANTS.select.where(grants.c.person_id == sa.bindparam("person_id"), grants.c.revoked_at.is_(None))


def _grant(grant: Grant) -> facts_pb2.PersonFactsChanged.Grant:
    return facts_pb2.PersonFactsChanged.Grant(
        resource=grant.resource, object_id=grant.object_id, actions=sorted(grant.actions), expire_time=to_timestamp(grant.expires_at)
    )


def account(who: ServiceAccount) -> facts_pb2.PersonFactsChanged:
    """What decides the access of a service account."""
    return facts_pb2.PersonFactsChanged(
        person_id=who.id,
        kind="system",
        state="disabled" if who.disabled else "active",
        organization_id=who.org_id,
        roles=sorted(who.roles),
        not_before=to_timestamp(who.not_before),
    )


def organization(which: Organization) -> facts_pb2.OrganizationFactsChanged:
    """What decides the access of all people of an organisation."""
    return facts_pb2.OrganizationFactsChanged(
        organization_id=which.id,
        path=which.org_path,
        state=which.state.value,
        tier=which.tier,
        types=sorted(which.types),
        regions=sorted(which.regions),
    )


def roles(connection: sa.Connection, pending: Sequence[Role] = ()) -> facts_pb2.RoleFactsChanged:
    """The whole role table; `pending` roles stand for what is written of them."""
    found = {row["id"]: ROLES.from_row(row) for row in connection.execute(ROLES.select).mappings()}
    found |= {role.id: role for role in pending}
    return facts_pb2.RoleFactsChanged(roles=[_role(found[name]) for name in sorted(found)], guarded_fields=sorted(GUARDED_FIELDS))


def _role(role: Role) -> facts_pb2.RoleFactsChanged.Role:
    return facts_pb2.RoleFactsChanged.Role(
        id=role.id,
        permissions=[
            facts_pb2.RoleFactsChanged.Permission(resource=resource, action=action, scopes=sorted(scopes))
            for resource, actions in sorted(role.permissions.items())
            for action, scopes in sorted(actions.items())
        ],
        readable_fields=sorted(role.readable_fields),
        toxic_with=sorted(role.toxic_with),
        approval_limit=role.approval_limit,
    )
