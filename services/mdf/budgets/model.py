"""A budget and its states: draft → active → closed (domain rules, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from prm.mdf.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.money import Money
from chassis.store.entity import Owned


class Status(Enum):
    """Where a budget stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    CLOSED = "closed"


class WrongBudgetStatus(FailedPrecondition):
    """The budget's status does not allow it."""

    reason = "BUDGET_WRONG_STATUS"


class BudgetTermOver(FailedPrecondition):
    """Its last day has passed."""

    reason = "BUDGET_TERM_OVER"


@dataclass(kw_only=True)
class Budget(Owned):
    """Allocated money splits into reserved, claimed, paid, released and what is free; all in one currency.

    `created_by` and `changed_by` are who wrote it: neither may activate it.
    """

    name: str
    start_date: date
    end_date: date
    allocated: Money
    reserved: Money
    claimed: Money
    paid: Money
    released: Money
    created_by: str
    changed_by: str
    activated_by: str | None = None
    status: Status = Status.DRAFT

    @property
    def free(self) -> Money:
        """What may still be requested."""
        return self.allocated - self.reserved - self.claimed - self.paid - self.released

    def create(self) -> None:
        """The draft begins."""
        self.record(events_pb2.BudgetCreated(budget_id=self.id, organization_id=self.org_id, allocated=self.allocated.to_proto()))

    def update(self, values: Mapping[str, Any], *, by: str) -> None:
        """Write a draft anew; nothing happens where all values are as before."""
        self._require(Status.DRAFT)
        changed = self.take_over(values)
        if not changed:
            return
        self.reserved = self.claimed = self.paid = self.released = Money(self.allocated.currency, 0)  # follow a new currency
        self.changed_by = by
        self.record(events_pb2.BudgetUpdated(budget_id=self.id, fields=changed))

    def activate(self, *, by: str, today: date) -> None:
        """Open it to the partner."""
        self._require(Status.DRAFT)
        if today > self.end_date:
            raise BudgetTermOver("Its last day has passed; move the end before you activate it")
        self.status, self.activated_by = Status.ACTIVE, by
        fact = events_pb2.BudgetActivated(budget_id=self.id, organization_id=self.org_id, activated_by=by)
        fact.allocated.CopyFrom(self.allocated.to_proto())
        self.record(fact)

    def close(self) -> None:
        """End it; what is free is given back."""
        self._require(Status.ACTIVE)
        given_back = self.free
        self.status, self.released = Status.CLOSED, self.released + given_back
        self.record(events_pb2.BudgetClosed(budget_id=self.id, organization_id=self.org_id, released=given_back.to_proto()))

    def _require(self, status: Status) -> None:
        if self.status is not status:
            raise WrongBudgetStatus(f"The budget is {self.status.value}; this needs it {status.value}")
