"""Reading budgets."""

from __future__ import annotations

from chassis.store.reading import Filter, Listing, Page, Question, Reading
from services.mdf.budgets.model import Budget, Status
from services.mdf.budgets.table import BUDGETS

LISTING = Listing(
    orders={"create_time desc": ("created_at", True)},
    filters={
        "status": Filter("status", convert=lambda text: Status[text].value),
        "organization_id": Filter("org_id"),
    },
)


def get_budget(reading: Reading, id: str) -> Budget:
    """Raises NotFound, also where the reader may not see it."""
    return reading.get(BUDGETS, id)


def list_budgets(reading: Reading, question: Question) -> Page[Budget]:
    """Newest first."""
    return reading.page(BUDGETS, LISTING, question)
