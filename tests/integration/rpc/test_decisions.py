"""Asking why over the wire: whom one may ask about, what looks absent, what is recorded, what may be supposed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, money_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prm.decisions.v1 import decisions_pb2 as pb
from prm.decisions.v1 import decisions_pb2_grpc
from prm.mdf.v1 import budgets_pb2, budgets_pb2_grpc

from tests.hosting import Caller, Hosted, Refused, hosted

SALES, RESELLER, OTHERS = "partner_sales@r", "partner_admin@r", "partner_admin@o"


@pytest.fixture(scope="module")
def mdf(postgres, opa, tmp_path_factory) -> Iterator[Hosted]:
    with hosted("mdf", postgres.service("mdf"), opa, tmp_path_factory.mktemp("mdf")) as running:
        yield running


@pytest.fixture(scope="module")
def budget(mdf: Hosted) -> str:
    """A draft of the reseller, made by the programme manager."""
    year = datetime.now(UTC).year
    wanted = budgets_pb2.Budget(
        organization_id="r",
        name="Year",
        allocated=money_pb2.Money(currency_code="EUR", units=1000),
        start_date=date_pb2.Date(year=year, month=1, day=1),
        end_date=date_pb2.Date(year=year + 1, month=12, day=31),
    )
    made = mdf.caller(budgets_pb2_grpc.BudgetsStub, "programme_manager")("CreateBudget", budgets_pb2.CreateBudgetRequest(budget=wanted))
    return str(made.id)


def asking(mdf: Hosted, person: str) -> Caller:
    return mdf.caller(decisions_pb2_grpc.DecisionsStub, person)


def explain(mdf: Hosted, asker: str, about: str, action: str, budget: str = "") -> pb.Answer:
    request = pb.ExplainRequest(service="mdf", person_id=about, resource="budget", action=action, object_id=budget)
    found: pb.Answer = asking(mdf, asker)("Explain", request).answer
    return found


def refused(mdf: Hosted, asker: str, about: str, action: str, budget: str = "") -> tuple[str, str]:
    with pytest.raises(Refused) as error:
        explain(mdf, asker, about, action, budget)
    return error.value.code, error.value.reason


def test_a_yes_and_a_no(mdf: Hosted, budget: str) -> None:
    yes = explain(mdf, "auditor", "finance", "activate", budget)
    assert (yes.allowed, yes.reason, yes.visible) == (True, "", True)
    assert (yes.rule, yes.ways[0].scope, list(yes.ways[0].roles)) == ("prm.resource.budget.include", "all", ["finance"])
    assert {item.column: item.actual for item in yes.ways[0].conditions}["status"] == "draft"
    assert (yes.facts.person, yes.facts.organization, yes.facts.roles) == (1, 1, 1)
    assert set(yes.allowing_roles) == {"finance", "programme_manager"}
    no = explain(mdf, "auditor", "programme_manager", "activate", budget)
    assert (no.allowed, no.reason, no.missing) == (False, "SEPARATION_OF_DUTIES", "created_by ne programme_manager")
    other = explain(mdf, "auditor", RESELLER, "read", budget)
    assert (other.allowed, other.visible, other.reason, other.missing) == (False, False, "WRONG_STATE", "status ne draft")


def test_the_answer_is_what_the_call_gets(mdf: Hosted, budget: str) -> None:
    own = mdf.caller(budgets_pb2_grpc.BudgetsStub, "programme_manager")
    with pytest.raises(Refused) as error:
        own("ActivateBudget", budgets_pb2.ActivateBudgetRequest(id=budget))
    assert error.value.reason == explain(mdf, "auditor", "programme_manager", "activate", budget).reason


def test_everybody_may_ask_about_herself(mdf: Hosted, budget: str) -> None:
    mine = explain(mdf, SALES, "", "read")
    assert (mine.person_id, mine.allowed, mine.reason, list(mine.allowing_roles)) == (SALES, False, "ROLE_MISSING", [])
    assert explain(mdf, "programme_manager", "programme_manager", "activate", budget).reason == "SEPARATION_OF_DUTIES"


def test_what_one_may_not_read_is_not_there(mdf: Hosted, budget: str) -> None:
    """The same words whether it exists or not: an object, a person."""
    hidden = [refused(mdf, who, "", "read", budget) for who in (SALES, RESELLER, OTHERS, "administrator")]
    absent = [refused(mdf, who, "", "read", "bud_nothing") for who in (SALES, RESELLER, "auditor")]
    strangers = [refused(mdf, who, about, "read") for who in (SALES, OTHERS) for about in ("finance", "nobody")]
    assert set(hidden + absent + strangers + [refused(mdf, "auditor", "nobody", "read")]) == {("NOT_FOUND", "NOT_FOUND")}


def test_about_others_only_by_a_role(mdf: Hosted) -> None:
    """Sales sees who her colleagues are, so the refusal may say that it is one."""
    assert refused(mdf, SALES, RESELLER, "read") == ("PERMISSION_DENIED", "OUT_OF_SCOPE")
    assert not explain(mdf, RESELLER, SALES, "read").allowed
    assert refused(mdf, "finance", RESELLER, "read") == ("PERMISSION_DENIED", "OUT_OF_SCOPE")
    for method, request in (
        ("WhatIf", pb.WhatIfRequest(resource="budget", action="read")),
        ("WhoCan", pb.WhoCanRequest(resource="budget", action="read", object_id="bud_1")),
    ):
        with pytest.raises(Refused) as error:
            asking(mdf, RESELLER)(method, request)
        assert (error.value.code, error.value.reason) == ("PERMISSION_DENIED", "ROLE_MISSING")


def test_asking_about_others_is_recorded(mdf: Hosted, budget: str) -> None:
    for about in ("finance", "finance", "channel_manager"):
        explain(mdf, "auditor", about, "close", budget)
    explain(mdf, "finance", "", "close", budget)
    records = mdf.rows("SELECT * FROM audit_outbox WHERE action = 'decision.explain' AND changes::text LIKE '%budget.close%' ORDER BY id")
    assert {(row["actor"], row["subject"], row["org_id"], row["result"]) for row in records} == {
        ("auditor", "person/finance", "v", "done"),
        ("auditor", "person/channel_manager", "v", "done"),
    }
    assert sum(row["count"] for row in records) == 3  # repeats within a minute are counted
    assert records[0]["changes"] == [{"field": "asked", "before": "", "after": f"budget.close {budget}"}]
    kept = mdf.rows("SELECT * FROM decision WHERE id = :id", id=records[0]["decision_id"])
    assert [(row["subject"], row["action"], row["resource"], row["object_id"], row["allowed"]) for row in kept] == [
        ("auditor", "explain", "decision", "finance", True)
    ]


def test_a_refused_question_is_recorded(mdf: Hosted) -> None:
    refused(mdf, "finance", RESELLER, "update")
    found = mdf.rows("SELECT * FROM audit_outbox WHERE action = 'decision.explain' AND actor = 'finance'")
    assert {(row["subject"], row["result"], row["reason"]) for row in found} == {("decision/" + RESELLER, "refused", "OUT_OF_SCOPE")}


def suppose(mdf: Hosted, budget: str, about: str = RESELLER, action: str = "read", **values: object) -> pb.WhatIfResponse:
    request = pb.WhatIfRequest(person_id=about, resource="budget", action=action, object_id=budget, **values)  # type: ignore[arg-type]
    found: pb.WhatIfResponse = asking(mdf, "auditor")("WhatIf", request)
    return found


def test_supposing(mdf: Hosted, budget: str) -> None:
    same = suppose(mdf, budget)
    assert same.live == same.supposed
    assert same.live == explain_at(mdf, same.live, budget)
    opened = suppose(mdf, budget, row={"status": "active"})
    assert (opened.live.allowed, opened.supposed.allowed) == (False, True)
    names = pb.Supposed.Names(values=["finance"])
    assert suppose(mdf, budget, about=SALES, action="activate", supposed=pb.Supposed(roles=names)).supposed.allowed
    closed = suppose(mdf, budget, about="finance", action="activate", supposed=pb.Supposed(organization_state="suspended"))
    assert (closed.live.allowed, closed.supposed.reason) == (True, "ORGANIZATION_NOT_ACTIVE")


def explain_at(mdf: Hosted, live: pb.Answer, budget: str) -> pb.Answer:
    """The same question as Explain, at the same time."""
    found = explain(mdf, "auditor", live.person_id, live.action, budget)
    found.time.CopyFrom(live.time)
    return found


def test_supposing_a_time(mdf: Hosted, budget: str) -> None:
    end, before, after = Timestamp(), Timestamp(), Timestamp()
    now = datetime.now(UTC)
    for stamp, days in ((end, 10), (before, 9), (after, 11)):
        stamp.FromDatetime(now + timedelta(days=days))
    grant = pb.Supposed.Grant(resource="budget", object_id=budget, actions=["read"], expire_time=end)
    change = pb.Supposed(grants=pb.Supposed.Grants(values=[grant]))
    found = [suppose(mdf, budget, about=OTHERS, supposed=change, row={"status": "active"}, time=at).supposed for at in (before, after)]
    assert [answer.allowed for answer in found] == [True, False]
    assert found[0].ways[0].scope == "grant"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"resource": "registration"}, "resource"),
        ({"row": {"name": "x"}}, "row"),
        ({"supposed": pb.Supposed(roles=pb.Supposed.Names(values=["emperor"]))}, "supposed.roles"),
        ({"supposed": pb.Supposed(organization_id="nowhere")}, "supposed.organization_id"),
        ({"time": Timestamp(seconds=2**55)}, "time"),
        ({"service": "deals"}, "service"),
        ({"action": "Read it"}, "action"),
    ],
)
def test_what_does_not_exist_cannot_be_supposed(mdf: Hosted, budget: str, values: dict[str, object], field: str) -> None:
    request = pb.WhatIfRequest(**({"resource": "budget", "action": "read", "object_id": budget} | values))  # type: ignore[arg-type]
    with pytest.raises(Refused) as error:
        asking(mdf, "auditor")("WhatIf", request)
    assert (error.value.code, error.value.fields) == ("INVALID_ARGUMENT", [field])


def test_a_row_is_supposed_only_of_an_object(mdf: Hosted) -> None:
    with pytest.raises(Refused) as error:
        asking(mdf, "auditor")("WhatIf", pb.WhatIfRequest(resource="budget", action="read", row={"status": "active"}))
    assert (error.value.code, error.value.fields) == ("INVALID_ARGUMENT", ["row"])


def test_who_can(mdf: Hosted, budget: str) -> None:
    found: list[str] = []
    token = ""
    while True:
        request = pb.WhoCanRequest(resource="budget", action="activate", object_id=budget, page_size=1, page_token=token)
        page = asking(mdf, "auditor")("WhoCan", request)
        found += [one.person_id for one in page.holders]
        token = page.next_page_token
        if not token:
            break
    assert found == ["finance", "programme_manager2"]  # not the one who made it
    assert mdf.rows("SELECT * FROM audit_outbox WHERE action = 'decision.who_can' AND result = 'done'")[0]["subject"] == f"budget/{budget}"
    with pytest.raises(Refused) as error:
        asking(mdf, "administrator")("WhoCan", pb.WhoCanRequest(resource="budget", action="activate", object_id=budget))
    assert error.value.code == "NOT_FOUND"


def test_events_and_audit_records_are_objects_too(mdf: Hosted, budget: str) -> None:
    mdf.number()
    for person, allowed in (("finance", True), (RESELLER, False)):  # the budget is a draft, which a partner is not told of
        request = pb.ExplainRequest(person_id=person, resource="event", action="read", object_id="1")
        answer = asking(mdf, "auditor")("Explain", request).answer
        assert (answer.allowed, answer.object_id) == (allowed, "1")
    for position in ("0", "99999999", "x", "-1"):
        with pytest.raises(Refused) as error:
            asking(mdf, "auditor")("Explain", pb.ExplainRequest(resource="event", action="read", object_id=position))
        assert error.value.code == "NOT_FOUND"


def test_reflection_lists_what_all_six_host(mdf: Hosted) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(mdf.channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    listed = {item.name for answer in stub.ServerReflectionInfo(asked, timeout=5) for item in answer.list_services_response.service}
    assert listed >= {"prm.mdf.v1.Budgets", "prm.audit.v1.Audit", "prm.decisions.v1.Decisions", "prm.events.v1.Events"}
    assert isinstance(mdf.channel, grpc.Channel)
