"""What can be done with roles; each function is one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument
from chassis.store.transaction import Transaction
from services.identity.facts.commands import role_table, roles_changed
from services.identity.facts.model import ROLE_TABLE_ID
from services.identity.roles.catalogue import actions_by_resource, guarded_fields
from services.identity.roles.model import ADMINISTRATOR, KINDS, SCOPES, Role
from services.identity.roles.shipped import SHIPPED
from services.identity.roles.store import all_roles
from services.identity.roles.table import ROLES

NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
# Without these nobody could ever give rights again.
KEPT = (("role", "update"), ("person", "set_roles"))


@dataclass(frozen=True)
class WriteRole:
    """A role by its name and its values by field, as `Role` has them."""

    id: str
    values: Mapping[str, Any]
    etag: str = ""


class AdministratorKeeps(FailedPrecondition):
    """The administrator must be able to give rights."""

    reason = "LAST_ADMINISTRATOR"


def create_role(tx: Transaction, cmd: WriteRole) -> Role:
    """Add a role. Raises AlreadyExists, InvalidArgument naming what does not exist."""
    role_table(tx)
    if not NAME.fullmatch(cmd.id):
        raise InvalidArgument.field("role.id", "Use 3 to 40 small letters, digits and _, such as regional_sales")
    if cmd.id == ROLE_TABLE_ID or cmd.id in all_roles(tx.connection):
        raise AlreadyExists(f"There is a role {cmd.id} already", reason="ROLE_TAKEN")
    role = Role(id=cmd.id, created_at=tx.now, updated_at=tx.now, **{"kind": "", **cmd.values})
    tx.add(ROLES, role)
    tx.authorize("create", role)
    _check(tx, role)
    role.create()
    roles_changed(tx, [role])
    return role


def update_role(tx: Transaction, cmd: WriteRole) -> Role:
    """Change what a role allows, for all its holders at once."""
    role_table(tx)
    role = tx.load(ROLES, cmd.id)
    tx.authorize("update", role)
    tx.require_etag(role, cmd.etag)
    if cmd.values.get("kind", role.kind) != role.kind:
        raise InvalidArgument.field("role.kind", "Whom a role is for cannot change; add another role")
    role.update(cmd.values)
    _check(tx, role)
    roles_changed(tx, [role])
    return role


def ship_roles(tx: Transaction) -> None:
    """Add the roles that come with the suite and are not there; those that are there may have been changed, so they stay."""
    role_table(tx)
    known = all_roles(tx.connection)
    missing = [_shipped(tx, name) for name in sorted(SHIPPED) if name not in known]
    for role in missing:
        tx.add(ROLES, role)
        role.create()
    roles_changed(tx, missing)


def _shipped(tx: Transaction, name: str) -> Role:
    data = SHIPPED[name]
    permissions = {resource: {action: list(scopes) for action, scopes in actions.items()} for resource, actions in data.permissions.items()}
    return Role(
        id=name,
        created_at=tx.now,
        updated_at=tx.now,
        kind=data.kind,
        permissions=permissions,
        readable_fields=sorted(data.readable_fields),
        grantable_roles=sorted(data.grantable_roles),
        toxic_with=sorted(data.toxic_with),
        approval_limit=data.approval_limit,
        shipped=True,
    )


def _check(tx: Transaction, role: Role) -> None:
    """Everything it names must exist: a misspelt action would never allow anything, and nobody would know why."""
    if role.kind not in KINDS:
        raise InvalidArgument.field("role.kind", f"use one of {', '.join(KINDS)}")
    known = actions_by_resource()
    for resource, actions in role.permissions.items():
        for action, scopes in actions.items():
            _check_permission(known, resource, action, scopes)
    _require_names("role.readable_fields", role.readable_fields, guarded_fields())
    names = {*all_roles(tx.connection), role.id}
    _require_names("role.grantable_roles", role.grantable_roles, names)
    _require_names("role.toxic_with", role.toxic_with, names - {role.id})
    if role.id == ADMINISTRATOR and any("all" not in role.permissions.get(thing, {}).get(action, []) for thing, action in KEPT):
        raise AdministratorKeeps("The administrator keeps role.update and person.set_roles for all")


def _check_permission(known: Mapping[str, frozenset[str]], resource: str, action: str, scopes: list[str]) -> None:
    if resource not in known:
        raise InvalidArgument.field("role.permissions", f"there is no resource {resource[:40]!r}")
    if action not in known[resource]:
        raise InvalidArgument.field(
            "role.permissions", f"{resource} has no action {action[:40]!r}; it has {', '.join(sorted(known[resource]))}"
        )
    wrong = sorted(set(scopes) - set(SCOPES))
    if wrong or not scopes:
        raise InvalidArgument.field("role.permissions", f"{resource}.{action} needs scopes out of {', '.join(SCOPES)}")


def _require_names(field: str, names: list[str], known: Any) -> None:
    for place, name in enumerate(names):
        if name not in known:
            raise InvalidArgument.field(f"{field}[{place}]", f"there is no {name[:60]!r}; use {', '.join(sorted(known))}")
