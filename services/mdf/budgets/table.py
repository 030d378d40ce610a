"""Where budgets are kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from chassis.policy.filters import filter_index, owned_indexes
from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.mdf.budgets.model import Budget
from services.mdf.schema import metadata

AMOUNTS = ("allocated", "reserved", "claimed", "paid", "released")


def _money_columns() -> list[sa.Column[Any]]:
    pairs = (
        (sa.Column(f"{name}_minor", sa.BigInteger, nullable=False), sa.Column(f"{name}_currency", sa.Text, nullable=False))
        for name in AMOUNTS
    )
    return [column for pair in pairs for column in pair]


budgets = sa.Table(
    "budget",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("start_date", sa.Date, nullable=False),
    sa.Column("end_date", sa.Date, nullable=False),
    *_money_columns(),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("activated_by", sa.Text),
    sa.CheckConstraint("status IN ('draft', 'active', 'closed')", name="budget_status"),
    sa.CheckConstraint("start_date <= end_date", name="budget_term"),
    sa.CheckConstraint("activated_by <> created_by AND activated_by <> changed_by", name="budget_four_eyes"),
    sa.CheckConstraint(
        "allocated_minor > 0 AND least(reserved_minor, claimed_minor, paid_minor, released_minor) >= 0", name="budget_signs"
    ),
    sa.CheckConstraint("reserved_minor + claimed_minor + paid_minor + released_minor <= allocated_minor", name="budget_sum"),
    sa.CheckConstraint(" AND ".join(f"{name}_currency = allocated_currency" for name in AMOUNTS[1:]), name="budget_currency"),
)
owned_indexes(budgets)
filter_index(budgets, "status")

BUDGETS = Mapping("budget", "bud", budgets, Budget, free_text=frozenset({"name"}))
