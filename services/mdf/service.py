"""mdf as data."""

from __future__ import annotations

from chassis.service import Service
from services.mdf.budgets.commands import CLOSE
from services.mdf.budgets.jobs import close_at_end
from services.mdf.budgets.table import BUDGETS, budgets

SERVICE = Service(
    name="mdf",
    metadata=budgets.metadata,
    jobs={CLOSE: close_at_end},
    system_actions=frozenset({"budget.close"}),
    nouns=(BUDGETS,),
)
