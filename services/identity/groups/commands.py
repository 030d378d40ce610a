"""What can be done with groups; each function is one transaction. All whom a change concerns get new facts with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidArgument
from chassis.store.transaction import Transaction
from services.identity.facts.commands import person_changed
from services.identity.groups.model import Group
from services.identity.groups.table import GROUPS
from services.identity.organizations.table import ORGANIZATIONS
from services.identity.people.giving import require_administrator_left, require_may_give, require_sound
from services.identity.people.rules import clean_name
from services.identity.people.table import PEOPLE, people


@dataclass(frozen=True)
class CreateGroup:
    """What to add; to the caller's own organisation when none is given."""

    organization_id: str
    name: str
    roles: Sequence[str] = ()
    member_ids: Sequence[str] = ()


@dataclass(frozen=True)
class UpdateGroup:
    """New values by field: name, roles, member_ids."""

    id: str
    etag: str
    values: Mapping[str, Any]


def create_group(tx: Transaction, cmd: CreateGroup) -> Group:
    """Add it; its members get its roles."""
    organization = tx.get(ORGANIZATIONS, cmd.organization_id or tx.subject.org_id)
    group = Group(
        id=tx.new_id(GROUPS.prefix),
        created_at=tx.now,
        updated_at=tx.now,
        org_id=organization.id,
        org_path=organization.org_path,
        owner_id=tx.subject.id,
        name=clean_name(cmd.name, "group.name"),
        roles=sorted(set(cmd.roles)),
        member_ids=sorted(set(cmd.member_ids)),
    )
    tx.add(GROUPS, group)
    tx.authorize("create", group)
    require_may_give(tx, group.org_path, group.roles, "group.roles")
    group.create()
    _tell_members(tx, group, group.member_ids)
    return group


def update_group(tx: Transaction, cmd: UpdateGroup) -> Group:
    """Change name, roles and members. Whoever changes who has its roles must be able to give them."""
    group = tx.load(GROUPS, cmd.id)
    tx.authorize("update", group)
    tx.require_etag(group, cmd.etag)
    values = _clean(cmd.values)
    before = group.member_ids
    if values.keys() & {"roles", "member_ids"}:
        require_may_give(tx, group.org_path, sorted({*group.roles, *values.get("roles", [])}), "group.roles")
    group.update(values)
    _tell_members(tx, group, {*before, *group.member_ids})
    return group


def delete_group(tx: Transaction, id: str, etag: str) -> None:
    """Remove it; its members lose its roles."""
    group = tx.load(GROUPS, id)
    tx.authorize("delete", group)
    tx.require_etag(group, etag)
    require_may_give(tx, group.org_path, group.roles, "group.roles")
    before, group.member_ids = group.member_ids, []
    group.delete()
    _tell_members(tx, group, before)
    tx.remove(GROUPS, group)


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = {name: sorted(set(values[name])) for name in ("roles", "member_ids") if name in values}
    return cleaned | ({"name": clean_name(values["name"], "group.name")} if "name" in values else {})


def _tell_members(tx: Transaction, group: Group, ids: Iterable[str]) -> None:
    """Check and publish what everybody concerned may do now. Raises InvalidArgument for one of another organisation."""
    wanted = sorted(set(ids))
    concerned = tx.take(PEOPLE, people.c.id.in_(wanted), people.c.org_id == group.org_id)
    strangers = sorted(set(group.member_ids) - {person.id for person in concerned})
    if strangers:
        raise InvalidArgument.field("group.member_ids", f"{strangers[0][:64]} is nobody of this organisation", "PERSON_UNKNOWN")
    for person in concerned:
        require_sound(tx, person, [group])
        require_administrator_left(tx, person, [group])
        person_changed(tx, person, groups=[group])
