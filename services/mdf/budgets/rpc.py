"""`prm.mdf.v1.Budgets`: translates, decides nothing. Errors and rights stand in budgets.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from prm.mdf.v1 import budgets_pb2, budgets_pb2_grpc

from chassis import money
from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Question
from chassis.times import from_date, to_date, to_timestamp
from services.mdf.budgets import commands, queries
from services.mdf.budgets.model import Budget

READ: dict[str, Callable[[budgets_pb2.Budget], Any]] = {
    "name": lambda message: message.name,
    "start_date": lambda message: from_date(message.start_date, "budget.start_date"),
    "end_date": lambda message: from_date(message.end_date, "budget.end_date"),
    "allocated": lambda message: money.from_proto(message.allocated, "budget.allocated"),
}


class Budgets(budgets_pb2_grpc.BudgetsServicer):
    """Marketing budgets of partners."""

    def CreateBudget(self, request: budgets_pb2.CreateBudgetRequest, context: grpc.ServicerContext) -> budgets_pb2.Budget:
        """Open a draft."""
        values = {name: read(request.budget) for name, read in READ.items()}
        command = commands.CreateBudget(request.budget.organization_id, **values)
        return to_proto(commands.create_budget(transaction(context), command))

    def GetBudget(self, request: budgets_pb2.GetBudgetRequest, context: grpc.ServicerContext) -> budgets_pb2.Budget:
        """One budget."""
        return to_proto(queries.get_budget(reading(context), request.id))

    def ListBudgets(self, request: budgets_pb2.ListBudgetsRequest, context: grpc.ServicerContext) -> budgets_pb2.ListBudgetsResponse:
        """The budgets the caller may see."""
        page = queries.list_budgets(reading(context), Question(request.page_size, request.page_token, request.filter))
        return budgets_pb2.ListBudgetsResponse(budgets=map(to_proto, page.items), next_page_token=page.next_token)

    def UpdateBudget(self, request: budgets_pb2.UpdateBudgetRequest, context: grpc.ServicerContext) -> budgets_pb2.Budget:
        """Change a draft."""
        names = fields_to_change(request.budget, request.update_mask, READ)
        command = commands.UpdateBudget(request.budget.id, request.etag, {name: READ[name](request.budget) for name in names})
        return to_proto(commands.update_budget(transaction(context), command))

    def ActivateBudget(self, request: budgets_pb2.ActivateBudgetRequest, context: grpc.ServicerContext) -> budgets_pb2.Budget:
        """Open it to the partner."""
        return to_proto(commands.activate_budget(transaction(context), commands.ActivateBudget(request.id, request.etag)))

    def CloseBudget(self, request: budgets_pb2.CloseBudgetRequest, context: grpc.ServicerContext) -> budgets_pb2.Budget:
        """End it."""
        return to_proto(commands.close_budget(transaction(context), commands.CloseBudget(request.id, request.etag)))


def to_proto(budget: Budget) -> budgets_pb2.Budget:
    """As the contract shows it."""
    return budgets_pb2.Budget(
        id=budget.id,
        organization_id=budget.org_id,
        name=budget.name,
        status=budgets_pb2.Budget.Status.Value(budget.status.name),
        start_date=to_date(budget.start_date),
        end_date=to_date(budget.end_date),
        allocated=budget.allocated.to_proto(),
        reserved=budget.reserved.to_proto(),
        claimed=budget.claimed.to_proto(),
        paid=budget.paid.to_proto(),
        released=budget.released.to_proto(),
        create_time=to_timestamp(budget.created_at),
        update_time=to_timestamp(budget.updated_at),
        etag=budget.etag,
    )
