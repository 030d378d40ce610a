"""Budgets through the api of mdf, on a real database and a real policy engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.field_mask_pb2 import FieldMask
from google.type import date_pb2, money_pb2
from prm.mdf.v1 import budgets_pb2 as pb
from prm.mdf.v1 import budgets_pb2_grpc

from tests.hosting import Caller, Hosted, Refused, hosted

DRAFT, ACTIVE, CLOSED = pb.Budget.DRAFT, pb.Budget.ACTIVE, pb.Budget.CLOSED


@pytest.fixture(scope="module")
def mdf(postgres, opa, tmp_path_factory):
    with hosted("mdf", postgres.service("mdf"), opa, tmp_path_factory.mktemp("mdf")) as running:
        yield running


@pytest.fixture(autouse=True)
def real_time(mdf):
    mdf.shift(timedelta(0))


@pytest.fixture
def call(mdf: Hosted):
    return lambda person: mdf.caller(budgets_pb2_grpc.BudgetsStub, person)


@pytest.fixture
def manager(call):
    return call("programme_manager")


def content(**values: Any) -> pb.Budget:
    year = datetime.now(UTC).year
    known = {
        "organization_id": "r",
        "name": "Year",
        "allocated": money_pb2.Money(currency_code="EUR", units=1000),
        "start_date": date_pb2.Date(year=year, month=1, day=1),
        "end_date": date_pb2.Date(year=year + 1, month=12, day=31),
    }
    return pb.Budget(**known | values)


def made(call: Caller, **values: Any) -> Any:
    return call("CreateBudget", pb.CreateBudgetRequest(budget=content(**values)))


def opened(call: Callable[[str], Caller], manager: Caller, **values: Any) -> Any:
    return call("finance")("ActivateBudget", pb.ActivateBudgetRequest(id=made(manager, **values).id))


def test_a_budget_from_draft_to_closed(mdf, call, manager):
    draft = made(manager)
    assert (draft.status, draft.allocated.units, draft.paid.currency_code, draft.etag) == (DRAFT, 1000, "EUR", '"1"')
    active = call("finance")("ActivateBudget", pb.ActivateBudgetRequest(id=draft.id, etag=draft.etag))
    closed = call("finance")("CloseBudget", pb.CloseBudgetRequest(id=draft.id, etag=active.etag))
    assert (closed.status, closed.released.units) == (CLOSED, 1000)
    assert [kind for kind, _ in mdf.facts(f"budget/{draft.id}")] == [
        "prm.mdf.budget.created.v1",
        "prm.mdf.budget.activated.v1",
        "prm.mdf.budget.closed.v1",
    ]
    audit = mdf.rows(
        "SELECT action, actor, decision_id FROM audit_outbox WHERE subject = :subject ORDER BY id", subject=f"budget/{draft.id}"
    )
    assert [(row["action"], row["actor"]) for row in audit] == [
        ("budget.create", "programme_manager"),
        ("budget.activate", "finance"),
        ("budget.close", "finance"),
    ]
    assert all(row["decision_id"].startswith("dec_") for row in audit)


def test_nobody_opens_what_he_made_or_changed(call, manager):
    draft = made(manager)
    with pytest.raises(Refused) as refused:
        manager("ActivateBudget", pb.ActivateBudgetRequest(id=draft.id))
    assert (refused.value.code, refused.value.reason) == ("PERMISSION_DENIED", "SEPARATION_OF_DUTIES")
    second = call("programme_manager2")
    second("UpdateBudget", pb.UpdateBudgetRequest(budget=pb.Budget(id=draft.id, name="More")))
    for person in (manager, second):
        with pytest.raises(Refused, match="PERMISSION_DENIED"):
            person("ActivateBudget", pb.ActivateBudgetRequest(id=draft.id))
    assert call("finance")("ActivateBudget", pb.ActivateBudgetRequest(id=draft.id)).status == ACTIVE


def test_the_database_itself_refuses_one_pair_of_eyes(mdf, call, manager):
    active = opened(call, manager)
    with mdf.database.engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="budget_four_eyes"):
        connection.execute(sa.text("UPDATE budget SET activated_by = created_by WHERE id = :id"), {"id": active.id})


def test_partners_see_their_own_and_only_once_it_is_open(call, manager):
    draft, active = made(manager), opened(call, manager)
    for person in ("partner_admin@r", "partner_marketing@r", "distributor_admin@d"):
        seen = {item.id for item in call(person)("ListBudgets", pb.ListBudgetsRequest(page_size=200)).budgets}
        assert active.id in seen
        assert draft.id not in seen
        assert call(person)("GetBudget", pb.GetBudgetRequest(id=active.id)).id == active.id
        with pytest.raises(Refused, match="NOT_FOUND"):
            call(person)("GetBudget", pb.GetBudgetRequest(id=draft.id))


@pytest.mark.parametrize("person", ["partner_admin@o", "distributor_admin@o"])
def test_a_foreign_budget_is_not_there(call, manager, person):
    active = opened(call, manager)
    assert active.id not in {item.id for item in call(person)("ListBudgets", pb.ListBudgetsRequest(page_size=200)).budgets}
    with pytest.raises(Refused, match="NOT_FOUND"):
        call(person)("GetBudget", pb.GetBudgetRequest(id=active.id))


@pytest.mark.parametrize("method", ["CreateBudget", "UpdateBudget", "ActivateBudget", "CloseBudget"])
def test_partners_change_nothing(call, manager, method):
    active = opened(call, manager)
    request = {
        "CreateBudget": pb.CreateBudgetRequest(budget=content()),
        "UpdateBudget": pb.UpdateBudgetRequest(budget=pb.Budget(id=active.id, name="Mine")),
        "ActivateBudget": pb.ActivateBudgetRequest(id=active.id),
        "CloseBudget": pb.CloseBudgetRequest(id=active.id),
    }[method]
    with pytest.raises(Refused, match="PERMISSION_DENIED"):
        call("partner_admin@r")(method, request)


def test_a_channel_manager_makes_budgets_for_assigned_partners_alone(call):
    assert made(call("channel_manager"), organization_id="r").organization_id == "r"
    with pytest.raises(Refused, match="PERMISSION_DENIED"):
        made(call("channel_manager"), organization_id="o")


def test_it_closes_by_itself_after_its_last_day_in_the_programmes_zone(mdf, call, manager):
    today = datetime.now(UTC).date()
    last = today + timedelta(days=30)
    active = opened(call, manager, end_date=date_pb2.Date(year=last.year, month=last.month, day=last.day))
    mdf.shift(timedelta(days=29))
    mdf.settle()
    assert manager("GetBudget", pb.GetBudgetRequest(id=active.id)).status == ACTIVE
    mdf.shift(timedelta(days=31))
    mdf.settle()
    closed = manager("GetBudget", pb.GetBudgetRequest(id=active.id))
    assert (closed.status, closed.released.units) == (CLOSED, 1000)
    audit = mdf.rows("SELECT actor, action FROM audit_outbox WHERE subject = :s ORDER BY id DESC LIMIT 1", s=f"budget/{active.id}")
    assert audit == [{"actor": "system:mdf", "action": "budget.close"}]


def test_one_closed_by_hand_is_left_alone_by_its_clock(mdf, call, manager):
    active = opened(call, manager)
    call("finance")("CloseBudget", pb.CloseBudgetRequest(id=active.id))
    assert mdf.rows("SELECT 1 AS found FROM jobs WHERE key = :key", key=active.id) == []


def test_a_change_names_its_fields_and_an_old_etag_is_refused(mdf, manager):
    draft = made(manager)
    change = pb.UpdateBudgetRequest(budget=pb.Budget(id=draft.id, name="New"), update_mask=FieldMask(paths=["name"]), etag=draft.etag)
    changed = manager("UpdateBudget", change)
    assert (changed.name, changed.allocated.units, changed.etag) == ("New", 1000, '"2"')
    assert mdf.facts(f"budget/{draft.id}")[-1][1].fields == ["name"]
    with pytest.raises(Refused) as refused:
        manager("UpdateBudget", pb.UpdateBudgetRequest(budget=pb.Budget(id=draft.id, name="Newer"), etag=draft.etag))
    assert (refused.value.code, refused.value.reason) == ("ABORTED", "ETAG_MISMATCH")


def test_a_repeat_gets_the_first_answer_and_makes_nothing_new(manager):
    request = pb.CreateBudgetRequest(budget=content(name="Once"), request_id="once-and-only")
    first, second = manager("CreateBudget", request), manager("CreateBudget", request)
    assert first == second
    request.budget.name = "Another"
    with pytest.raises(Refused) as refused:
        manager("CreateBudget", request)
    assert (refused.value.code, refused.value.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"organization_id": "nobody"}, "budget.organization_id"),
        ({"organization_id": ""}, "budget.organization_id"),
        ({"name": " "}, "budget.name"),
        ({"name": "n" * 121}, "budget.name"),
        ({"allocated": money_pb2.Money(currency_code="EUR")}, "budget.allocated"),
        ({"allocated": money_pb2.Money(currency_code="EUR", units=-5)}, "budget.allocated"),
        ({"allocated": money_pb2.Money(currency_code="XYZ", units=5)}, "budget.allocated.currency_code"),
        ({"allocated": money_pb2.Money(currency_code="JPY", nanos=10_000_000)}, "budget.allocated"),
        ({"end_date": date_pb2.Date(year=1990, month=1, day=1)}, "budget.end_date"),
        ({"end_date": date_pb2.Date(year=2026, month=2, day=30)}, "budget.end_date"),
        ({"start_date": date_pb2.Date()}, "budget.start_date"),
    ],
)
def test_bad_input_names_its_field(manager, values, field):
    with pytest.raises(Refused) as refused:
        made(manager, **values)
    assert refused.value.code == "INVALID_ARGUMENT"
    assert field in refused.value.fields


def test_an_update_cannot_move_a_budget_or_touch_what_it_spent(manager):
    draft = made(manager)
    for path in ("organization_id", "paid", "status", "nonsense"):
        change = pb.UpdateBudgetRequest(budget=pb.Budget(id=draft.id), update_mask=FieldMask(paths=[path]))
        with pytest.raises(Refused) as refused:
            manager("UpdateBudget", change)
        assert (refused.value.code, refused.value.fields) == ("INVALID_ARGUMENT", ["update_mask"])


def test_pages_go_on_where_they_ended_and_filters_are_those_offered(manager):
    ids = [made(manager, name=f"Page {number}", organization_id="o").id for number in range(3)]
    found, token = [], ""
    while True:
        answer = manager(
            "ListBudgets", pb.ListBudgetsRequest(page_size=2, page_token=token, filter="status = DRAFT AND organization_id = o")
        )
        found += [item.id for item in answer.budgets]
        token = answer.next_page_token
        if not token:
            break
    assert found[:3] == ids[::-1]
    assert len(found) == len(set(found))
    for wrong in ("status = OPEN", "name = x", "status"):
        with pytest.raises(Refused) as refused:
            manager("ListBudgets", pb.ListBudgetsRequest(filter=wrong))
        assert (refused.value.code, refused.value.fields) == ("INVALID_ARGUMENT", ["filter"])
