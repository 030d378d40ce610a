"""Where groups are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.identity.groups.model import Group
from services.identity.schema import metadata, texts

groups = sa.Table(
    "person_group",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("name", sa.Text, nullable=False),
    texts("roles"),
    texts("member_ids"),
    sa.Index("person_group_name", "name", "id"),
    sa.Index("person_group_org", "org_id", "name", "id"),
    sa.Index("person_group_level_2", sa.text("split_part(org_path, '.', 2)"), "name", "id"),
    sa.Index("person_group_level_3", sa.text("split_part(org_path, '.', 3)"), "name", "id"),
    sa.Index("person_group_owner", "owner_id", "name", "id"),
    sa.Index("person_group_members", "member_ids", postgresql_using="gin"),
)

GROUPS = Mapping("group", "grp", groups, Group)
