"""The first tables of mdf."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.store.migrations import create_chassis_tables

revision = "0001"
down_revision = None

AMOUNTS = ("allocated", "reserved", "claimed", "paid", "released")


def entity() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def owned() -> list[sa.Column[Any]]:
    return [*entity(), *(sa.Column(name, sa.Text, nullable=False) for name in ("org_id", "org_path", "owner_id"))]


def owned_indexes(table: str) -> None:
    index(f"{table}_newest", table)
    index(f"{table}_owner", table, "owner_id")
    index(f"{table}_org", table, "org_id")
    for depth in (2, 3):
        index(f"{table}_path{depth}", table, sa.text(f"split_part(org_path, '.', {depth})"))


def index(name: str, table: str, *columns: Any) -> None:
    op.create_index(name, table, [*columns, sa.text("created_at DESC"), sa.text("id DESC")])


def texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def amounts() -> list[sa.Column[Any]]:
    kinds = (("minor", sa.BigInteger), ("currency", sa.Text))
    return [sa.Column(f"{name}_{part}", kind, nullable=False) for name in AMOUNTS for part, kind in kinds]


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    op.create_table(
        "budget",
        *owned(),
        *texts("name", "status"),
        sa.Column("start_date", sa.Date, nullable=False),
        sa.Column("end_date", sa.Date, nullable=False),
        *amounts(),
        *texts("created_by", "changed_by"),
        sa.Column("activated_by", sa.Text),
        *checks(),
    )
    owned_indexes("budget")
    index("budget_status", "budget", "status")


def checks() -> list[sa.CheckConstraint]:
    same = " AND ".join(f"{name}_currency = allocated_currency" for name in AMOUNTS[1:])
    signs = "allocated_minor > 0 AND least(reserved_minor, claimed_minor, paid_minor, released_minor) >= 0"
    return [
        sa.CheckConstraint("status IN ('draft', 'active', 'closed')", name="budget_status"),
        sa.CheckConstraint("start_date <= end_date", name="budget_term"),
        sa.CheckConstraint("activated_by <> created_by AND activated_by <> changed_by", name="budget_four_eyes"),
        sa.CheckConstraint(signs, name="budget_signs"),
        sa.CheckConstraint("reserved_minor + claimed_minor + paid_minor + released_minor <= allocated_minor", name="budget_sum"),
        sa.CheckConstraint(same, name="budget_currency"),
    ]


def downgrade() -> None:
    raise NotImplementedError("the logs are never dropped")
