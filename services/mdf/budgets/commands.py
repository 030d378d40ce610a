"""What can be done with budgets; each function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.money import Money
from chassis.policy.directory import organization_path
from chassis.store.transaction import Transaction
from chassis.times import day_in, end_of_day
from services.mdf.budgets.model import Budget
from services.mdf.budgets.rules import require_sound
from services.mdf.budgets.table import BUDGETS
from services.mdf.settings import settings

CLOSE = "budget.close"


@dataclass(frozen=True)
class CreateBudget:
    """A draft for a partner."""

    organization_id: str
    name: str
    start_date: date
    end_date: date
    allocated: Money


@dataclass(frozen=True)
class UpdateBudget:
    """New values by field: name, start_date, end_date, allocated."""

    id: str
    etag: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ActivateBudget:
    """Which one, as it was seen."""

    id: str
    etag: str


@dataclass(frozen=True)
class CloseBudget:
    """Which one, as it was seen."""

    id: str
    etag: str = ""


def create_budget(tx: Transaction, cmd: CreateBudget) -> Budget:
    """Open a draft. Raises InvalidArgument for an unknown partner."""
    nothing = Money(cmd.allocated.currency, 0)
    budget = Budget(
        **tx.stamp(BUDGETS),
        org_id=cmd.organization_id,
        org_path=organization_path(tx.connection, cmd.organization_id),
        owner_id=tx.subject.id,
        name=cmd.name,
        start_date=cmd.start_date,
        end_date=cmd.end_date,
        allocated=cmd.allocated,
        reserved=nothing,
        claimed=nothing,
        paid=nothing,
        released=nothing,
        created_by=tx.subject.id,
        changed_by=tx.subject.id,
    )
    tx.add(BUDGETS, budget)
    tx.authorize("create", budget)
    require_sound(budget)
    budget.create()
    return budget


def update_budget(tx: Transaction, cmd: UpdateBudget) -> Budget:
    """Write a draft anew."""
    budget = tx.load(BUDGETS, cmd.id)
    tx.authorize("update", budget)
    tx.require_etag(budget, cmd.etag)
    budget.update(cmd.values, by=tx.subject.id)
    require_sound(budget)
    return budget


def activate_budget(tx: Transaction, cmd: ActivateBudget) -> Budget:
    """Open it to the partner; it closes by itself after its last day."""
    budget = tx.load(BUDGETS, cmd.id)
    tx.authorize("activate", budget)
    tx.require_etag(budget, cmd.etag)
    zone = settings().time_zone
    budget.activate(by=tx.subject.id, today=day_in(tx.now, zone))
    tx.schedule(CLOSE, budget.id, end_of_day(budget.end_date, zone))
    return budget


def close_budget(tx: Transaction, cmd: CloseBudget) -> Budget:
    """End it now."""
    budget = tx.load(BUDGETS, cmd.id)
    tx.authorize("close", budget)
    tx.require_etag(budget, cmd.etag)
    budget.close()
    tx.cancel(CLOSE, budget.id)
    return budget
