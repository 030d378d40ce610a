"""Where organisations are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.identity.organizations.model import Organization
from services.identity.schema import metadata, texts

organizations = sa.Table(
    "organization",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("parent_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    texts("types"),
    texts("domains"),
    sa.Column("tax_id", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    texts("regions"),
    sa.Column("state", sa.Text, nullable=False),
    sa.CheckConstraint("org_id = id", name="organization_is_its_own"),
    sa.CheckConstraint("right(org_path, 1) = '.'", name="organization_path_ends_with_dot"),
    sa.Index("organization_vendor", "parent_id", unique=True, postgresql_where=sa.text("parent_id = ''")),
    sa.Index("organization_parent", "parent_id", "name", "id"),
    sa.Index("organization_name", "name", "id"),
    sa.Index("organization_manager", "owner_id", "name", "id"),
    sa.Index("organization_level_2", sa.text("split_part(org_path, '.', 2)"), "name", "id"),
    sa.Index("organization_level_3", sa.text("split_part(org_path, '.', 3)"), "name", "id"),
)

# The class of the operators goes by the label.
sa.Index(
    "organization_words",
    sa.func.lower(organizations.c.name).label("words"),
    postgresql_using="gin",
    postgresql_ops={"words": "gin_trgm_ops"},
)

# What only one organisation can have, by kind: an e-mail domain, a tax number in its comparable form.
claims = sa.Table(
    "organization_claim",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, nullable=False, index=True),
    sa.CheckConstraint("kind IN ('domain', 'tax_id')", name="organization_claim_kind"),
)

ORGANIZATIONS = Mapping("organization", "org", organizations, Organization)
