"""Where grants are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.policy.filters import owned_indexes
from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.identity.grants.model import Grant
from services.identity.schema import metadata, moment, texts

grants = sa.Table(
    "access_grant",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    texts("actions"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("granted_by", sa.Text, nullable=False),
    moment("revoked_at"),
    sa.CheckConstraint("granted_by <> person_id", name="access_grant_not_to_oneself"),
    sa.Index("access_grant_object", "object_id"),
)

owned_indexes(grants)

GRANTS = Mapping("grant", "gra", grants, Grant)
