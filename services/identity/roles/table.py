"""Where roles are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns
from services.identity.roles.model import Role
from services.identity.schema import metadata, texts

roles = sa.Table(
    "role",
    metadata,
    *entity_columns(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("permissions", JSONB, nullable=False),
    texts("readable_fields"),
    sa.Column("approval_limit", sa.BigInteger, nullable=False),
    texts("grantable_roles"),
    texts("toxic_with"),
    sa.Column("shipped", sa.Boolean, nullable=False),
    sa.CheckConstraint("kind IN ('vendor', 'partner', 'system')", name="role_kind"),
)

ROLES = Mapping("role", "role", roles, Role)
