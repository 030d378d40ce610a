from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from chassis.errors import InvalidArgument
from chassis.money import Money
from services.mdf.budgets.model import Budget, BudgetTermOver, Status, WrongBudgetStatus
from services.mdf.budgets.rules import require_sound
from services.mdf.budgets.table import BUDGETS, budgets

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def budget(**values: Any) -> Any:
    none = Money("EUR", 0)
    known: dict[str, Any] = {
        "id": "bud_1", "created_at": NOW, "updated_at": NOW, "org_id": "org_1", "org_path": "v.org_1.", "owner_id": "per_1",
        "name": "2026", "start_date": date(2026, 1, 1), "end_date": date(2026, 12, 31), "allocated": Money("EUR", 100_00),
        "reserved": none, "claimed": none, "paid": none, "released": none, "created_by": "per_1", "changed_by": "per_1",
    }  # fmt: skip
    return Budget(**known | values)


def test_closing_gives_back_exactly_what_is_free():
    one = budget(status=Status.ACTIVE, reserved=Money("EUR", 10_00), claimed=Money("EUR", 5_00), paid=Money("EUR", 20_00))
    one.close()
    assert one.status is Status.CLOSED
    assert one.released == Money("EUR", 65_00)
    assert one.free == Money("EUR", 0)
    assert one.recorded[-1].released.units == 65


def test_only_a_draft_changes_and_only_an_active_one_closes():
    active = budget(status=Status.ACTIVE)
    with pytest.raises(WrongBudgetStatus):
        active.update({"name": "other"}, by="per_2")
    with pytest.raises(WrongBudgetStatus):
        active.activate(by="per_2", today=date(2026, 3, 1))
    with pytest.raises(WrongBudgetStatus):
        budget().close()


def test_an_update_that_changes_nothing_records_nothing_and_leaves_the_version():
    one = budget()
    one.update({"name": "2026", "end_date": date(2026, 12, 31)}, by="per_2")
    assert (one.recorded, one.version, one.changed_by) == ((), 0, "per_1")


def test_an_update_names_what_changed_and_who_did():
    one = budget()
    one.update({"name": "2027", "allocated": Money("JPY", 5000)}, by="per_2")
    assert list(one.recorded[0].fields) == ["name", "allocated"]
    assert one.changed_by == "per_2"
    assert one.free == Money("JPY", 5000), "all amounts follow the currency"


def test_a_budget_may_be_activated_on_its_last_day_and_not_later():
    with pytest.raises(BudgetTermOver):
        budget().activate(by="per_2", today=date(2027, 1, 1))
    one = budget()
    one.activate(by="per_2", today=date(2026, 12, 31))
    assert (one.status, one.activated_by, one.recorded[0].activated_by) == (Status.ACTIVE, "per_2", "per_2")


def test_every_wrong_field_is_named():
    with pytest.raises(InvalidArgument) as refused:
        require_sound(budget(name=" ", allocated=Money("EUR", 0), end_date=date(2025, 1, 1), org_path=""))
    assert {item.field for item in refused.value.fields} == {
        "budget.organization_id", "budget.name", "budget.allocated", "budget.end_date",
    }  # fmt: skip


def test_the_row_has_every_column_and_comes_back_equal():
    row = BUDGETS.to_row(budget())
    assert set(row) == {column.name for column in budgets.columns}
    assert BUDGETS.from_row(row) == budget()
