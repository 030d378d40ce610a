"""The role table as commands need it."""

from __future__ import annotations

import sqlalchemy as sa

from services.identity.roles.model import Role
from services.identity.roles.table import ROLES


def all_roles(connection: sa.Connection) -> dict[str, Role]:
    """All roles by name."""
    return {row["id"]: ROLES.from_row(row) for row in connection.execute(ROLES.select).mappings()}
