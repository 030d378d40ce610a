"""What a budget must look like. No I/O."""

from __future__ import annotations

from chassis.errors import require_fields
from services.mdf.budgets.model import Budget


def require_sound(budget: Budget) -> None:
    """Raises InvalidArgument naming every field that is wrong."""
    require_fields(
        ("budget.organization_id", bool(budget.org_path), "There is no such organisation"),
        ("budget.name", bool(budget.name.strip()), "Give it a name, for example 2026"),
        ("budget.allocated", budget.allocated.minor > 0, "Give more than nothing"),
        ("budget.end_date", budget.end_date >= budget.start_date, "The last day comes before the first"),
    )
