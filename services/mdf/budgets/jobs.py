"""The clock of a budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.store.transaction import Transaction
from services.mdf.budgets.model import Status
from services.mdf.budgets.table import BUDGETS


def close_at_end(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Close a budget after its last day; no-op for one that somebody closed meanwhile."""
    budget = tx.load(BUDGETS, key)
    if budget.status is Status.ACTIVE:
        tx.authorize("close", budget)
        budget.close()
