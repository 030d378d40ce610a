"""A person or an object as they might be. Nothing here is stored, and no decision of a call is ever made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.errors import InvalidArgument
from chassis.policy.clauses import as_policy_value
from chassis.policy.facts import Facts
from chassis.policy.subject import Grant, Subject
from chassis.policy.tables import fact_organization

# What policies look at; a test compares it with them. The path follows the organisation, and an id stays what it is.
COLUMNS = frozenset({"changed_by", "created_by", "decided_by", "org_id", "owner_id", "person_id", "status", "submitted_by", "tiers"})
_HOME = sa.select(fact_organization).where(fact_organization.c.id == sa.bindparam("id"))


@dataclass(frozen=True)
class Supposed:
    """What is different about a person; None is as it is."""

    roles: tuple[str, ...] | None = None
    assigned: tuple[str, ...] | None = None
    grants: tuple[Grant, ...] | None = None
    state: str | None = None
    organization_id: str | None = None
    organization_state: str | None = None
    tier: str | None = None


class Supposing:
    """Applies suppositions. Raises InvalidArgument for what does not exist: a misspelt role would quietly allow nothing."""

    def __init__(self, connection: sa.Connection, facts: Facts) -> None:
        self._connection, self._facts = connection, facts

    def person(self, subject: Subject, change: Supposed) -> Subject:
        """The subject with what is supposed of her."""
        for name in change.roles or ():
            if not self._facts.is_role(name):
                raise InvalidArgument.field("supposed.roles", f"there is no role {name}")
        found = subject
        if change.organization_id is not None:
            home = self._home("supposed.organization_id", change.organization_id)
            found = replace(found, org_id=home["id"], org_path=home["path"], org_state=home["state"], tier=home["tier"])
        wanted: dict[str, Any] = {
            "roles": None if change.roles is None else tuple(sorted(change.roles)),
            "assigned": change.assigned,
            "grants": change.grants,
            "state": change.state,
            "org_state": change.organization_state,
            "tier": change.tier,
        }
        return replace(found, **{name: value for name, value in wanted.items() if value is not None})

    def row(self, table: sa.Table, row: Mapping[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
        """The row, as policies see it, with what is supposed of it."""
        known = COLUMNS & set(table.c.keys())
        for name in changes:
            if name not in known:
                raise InvalidArgument.field("row", f"policies do not look at {name} here; suppose one of {', '.join(sorted(known))}")
        found = {**row, **{name: _value(table, name, value) for name, value in changes.items()}}
        if "org_id" in changes and "org_path" in table.c:
            found["org_path"] = self._home("row", changes["org_id"])["path"]
        return found

    def _home(self, field: str, organization_id: str) -> sa.RowMapping:
        found = self._connection.execute(_HOME, {"id": organization_id}).mappings().one_or_none()
        if found is None:
            raise InvalidArgument.field(field, f"there is no organisation {organization_id}")
        return found


def _value(table: sa.Table, name: str, value: str) -> Any:
    if isinstance(table.c[name].type, ARRAY):
        return as_policy_value([item.strip() for item in value.split(",") if item.strip()])
    return value
