"""The first tables of training."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.store.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def entity() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    op.create_table(
        "course",
        *entity(),
        *texts("code", "title", "summary", "language"),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("modules", ARRAY(sa.Text), nullable=False),
        *texts("status"),
        sa.UniqueConstraint("code", name="course_code"),
        sa.CheckConstraint("status IN ('draft', 'published', 'retired')", name="course_status"),
        sa.CheckConstraint("status <> 'published' OR cardinality(modules) > 0", name="course_content"),
    )
    op.create_index("course_title", "course", ["title", "id"])
    op.create_index("course_by_status", "course", ["status", "title", "id"])
    op.create_index("course_by_language", "course", ["language", "title", "id"])


def downgrade() -> None:
    raise NotImplementedError("the logs are never dropped")
