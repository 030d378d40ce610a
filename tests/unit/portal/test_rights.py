"""Pages of people with other rights: what is not theirs is neither shown nor asked for, since a refusal is recorded."""

from __future__ import annotations

from prm.deals.v1.registrations_pb2 import CountRegistrationsRequest, ListRegistrationsRequest
from prm.identity.v1 import people_pb2

from gateway.errors import ApiError
from tests.portal import samples
from tests.portal.browser import Browser

ADMINISTRATOR = {"permissions": frozenset({"organization.read", "person.read", "audit_record.read"})}
AUDITOR = {"permissions": frozenset({"registration.read", "audit_record.read"})}


def test_whoever_sees_no_deals_lands_elsewhere_and_has_no_search() -> None:
    client = Browser(vendor=True, who=ADMINISTRATOR)
    assert client.get("/").headers["location"] == "/partners"
    assert client.get("/desk").headers["location"] == "/"
    body = client.get("/partners").text
    assert 'role="search"' not in body and "/deals#find" not in body and "/deals?partner=" not in body


def test_whoever_decides_nothing_sees_the_queue_of_all() -> None:
    client = Browser(vendor=True, who=AUDITOR)
    body = client.get("/desk").text
    assert all("decider_id" not in request.filter for request in client.asked(ListRegistrationsRequest))
    assert "My queue" not in body and "Vasseur Emballages SAS" in body


def test_a_question_waits_for_those_who_may_answer_it() -> None:
    reads = {"permissions": frozenset({"registration.read"})}
    assert "Answer" in Browser().get("/").text
    client = Browser(who=reads)
    assert 'href="/deals/reg_4499/edit"' not in client.get("/").text
    assert all("ACTION_REQUIRED" not in request.filter for request in client.asked(CountRegistrationsRequest))


def test_roles_are_not_asked_for_without_the_right() -> None:
    client = Browser(who={"permissions": frozenset({"person.read"})})
    body = client.get("/team").text
    assert client.get("/team/people/per_jonas").status_code == 200
    assert client.asked(people_pb2.ListRolesRequest) == []
    assert "/team/roles" not in body and "/team/grants" not in body


def test_the_vendor_is_no_reseller() -> None:
    assert "org_nw" in samples.NAMES.organizations
    assert "org_nw" not in Browser(who={"organization_types": frozenset({"distributor"})}).get("/partners").text


def test_a_refusal_is_said_in_the_readers_language() -> None:
    refused = ApiError(403, "ROLE_MISSING", "None of your roles allows this")
    data = {"person": "per_jonas", "object": "reg_4417", "actions": "read", "until": "2027-01-31"}
    answer = Browser(refuse={people_pb2.CreateGrantRequest: refused}).post("/team/grants/new?language=de", data)
    assert answer.status_code == 403
    assert "None of your roles" not in answer.text


def test_a_language_is_named_in_the_readers_own() -> None:
    facts = Browser().get("/team/people/per_jonas?language=fr").text.split("<aside>")[1]
    assert "<dd>allemand</dd>" in facts or "<dd>anglais</dd>" in facts
