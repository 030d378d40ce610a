"""What moves along when an organisation gets a new place: its people, their groups and grants."""

from __future__ import annotations

import sqlalchemy as sa

from services.identity.grants.table import grants
from services.identity.groups.table import groups
from services.identity.people.table import people

MOVING = (people, groups, grants)


def move_people(connection: sa.Connection, before: str, after: str) -> None:
    """Give all rows below `before` their path below `after`.

    A person belongs to the organisation, not to the distributor of record: whoever stands above it now manages her. That is
    told by the organisations' events; it is no change of the person.
    """
    for table in MOVING:
        rest = sa.func.substr(table.c.org_path, len(before) + 1)
        connection.execute(
            table.update().where(table.c.org_path.startswith(before, autoescape=True)).values(org_path=sa.literal(after).concat(rest))
        )
