"""What the facts tell of organisations and people, for commands and for finding out whom something concerns."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from chassis.policy.tables import fact_organization, fact_person

_PATH = sa.select(fact_organization.c.path).where(fact_organization.c.id == sa.bindparam("organization"))
_HOME = (
    sa.select(fact_person.c.org_id, fact_person.c.state, sa.func.coalesce(fact_organization.c.path, "").label("path"))
    .select_from(fact_person.outerjoin(fact_organization, fact_organization.c.id == fact_person.c.org_id))
    .where(fact_person.c.id == sa.bindparam("person"))
)
_HOLDERS = (
    sa.select(fact_person.c.id)
    .where(
        fact_person.c.state == "active",
        fact_person.c.kind != "system",
        fact_person.c.roles.contains(sa.bindparam("roles", type_=fact_person.c.roles.type)),
        sa.or_(sa.bindparam("organization", type_=sa.Text) == "", fact_person.c.org_id == sa.bindparam("organization", type_=sa.Text)),
    )
    .order_by(fact_person.c.id)
)


@dataclass(frozen=True)
class Home:
    """Where somebody belongs. All empty while nothing is known of her."""

    org_id: str = ""
    org_path: str = ""
    active: bool = False


def organization_path(connection: sa.Connection, organization_id: str) -> str:
    """Its ids from the vendor down, each ending with a dot; empty for an unknown organisation."""
    return str(connection.scalar(_PATH, {"organization": organization_id}) or "")


def home_of(connection: sa.Connection, person_id: str) -> Home:
    """A person's organisation."""
    row = connection.execute(_HOME, {"person": person_id}).one_or_none()
    return Home() if row is None else Home(row.org_id, row.path, row.state == "active")


def holders_of(connection: sa.Connection, role: str, organization_id: str = "") -> list[str]:
    """Active people with a role, of one organisation or of all."""
    return list(connection.scalars(_HOLDERS, {"roles": [role], "organization": organization_id}))
