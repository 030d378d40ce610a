"""The page handlers before invented services: what they ask for, what they answer, what a refusal or a missing part shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prm.deals.v1 import registrations_pb2 as pb

from gateway.errors import ApiError, FieldProblem
from tests.portal.browser import Browser

Client = Callable[..., Browser]
COMPLETE = {
    "customer.name": "Nordkai Kühlhaus GmbH",
    "customer.domain": "https://www.nordkai.example/de",
    "customer.country": "DE",
    "product_families": "halo-c12",
    "value": "186,000",
    "currency": "EUR",
    "expected_close": "2027-03-26",
    "evidence_note": "Walked the cold store with the manager on 10 November.",
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def stage() -> Client:
    return Browser


def sent(client: Browser, kind: type) -> list[Any]:
    return client.asked(kind)


@pytest.mark.parametrize("path", ["/", "/deals", "/deals/new", "/deals/reg_4417", "/deals/reg_4499/edit", "/deals/reg_4499/withdraw"])
def test_partner_pages_answer(stage: Client, path: str) -> None:
    answer = stage().get(path)
    assert answer.status_code == 200
    assert "HX-Request" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/desk", "/desk?open=reg_4502", "/deals/reg_4502", "/deals"])
def test_vendor_pages_answer(stage: Client, path: str) -> None:
    assert stage(vendor=True).get(path).status_code == 200


def test_the_vendor_lands_on_the_desk_and_a_partner_does_not(stage: Client) -> None:
    assert stage(vendor=True).get("/").headers["location"] == "/desk"
    assert stage().get("/desk").headers["location"] == "/"


def test_htmx_gets_the_results_without_the_layout(stage: Client) -> None:
    body = stage().get("/deals?view=protected", headers=HTMX).text
    assert body.lstrip().startswith('<div id="results"')
    assert "<html" not in body


def test_a_part_that_is_away_costs_its_own_panel(stage: Client) -> None:
    body = stage(down=frozenset({"training"})).get("/").text
    assert "Training is not reachable." in body
    assert "Fischwerk Cuxhaven" in body


def test_a_page_whose_own_service_is_away_says_so(stage: Client) -> None:
    client = stage(down=frozenset({"deals"}))
    assert client.get("/deals").status_code == 200
    gone = client.get("/deals/reg_4417")
    assert gone.status_code == 503
    assert "The rest of the portal works" in gone.text


def test_filters_never_reach_the_service_with_quotes(stage: Client) -> None:
    client = stage()
    client.get('/deals?view=protected&country=D"E&partner=org_1" OR "x')
    asked = [request.filter for request in sent(client, pb.ListRegistrationsRequest)]
    assert asked == ['status = "APPROVED"']


def test_a_complete_registration_is_created_and_submitted(stage: Client) -> None:
    client = stage()
    answer = client.post("/deals/save", data={**COMPLETE, "do": "submit", "request_id": "attempt-1"})
    assert answer.status_code == 303
    created = sent(client, pb.CreateRegistrationRequest)[0]
    assert created.request_id == "attempt-1"
    assert created.registration.customer.domain == "nordkai.example"
    assert created.registration.value.units == 186_000
    assert created.registration.expected_close.month == 3
    assert sent(client, pb.SubmitRegistrationRequest)[0].request_id == "attempt-1-s"


def test_what_is_missing_is_said_at_the_field_and_kept(stage: Client) -> None:
    client = stage()
    answer = client.post("/deals/save", data={**COMPLETE, "value": "a lot", "evidence_note": "short", "do": "submit"})
    assert answer.status_code == 422
    assert 'href="#f-value"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="a lot"' in answer.text
    assert not sent(client, pb.CreateRegistrationRequest)


def test_what_the_service_finds_is_said_at_the_field_too(stage: Client) -> None:
    problem = ApiError(400, "INVALID", "wrong", fields=[FieldProblem("registration.customer.tax_id", "bad checksum", "TAX_ID")])
    answer = stage(refuse={pb.CreateRegistrationRequest: problem}).post("/deals/save", data={**COMPLETE, "do": "submit"})
    assert answer.status_code == 422
    assert 'id="f-customer-tax-id-error"' in answer.text


def test_nothing_typed_is_lost_when_deals_are_away(stage: Client) -> None:
    answer = stage(down=frozenset({"deals"})).post("/deals/save", data={**COMPLETE, "do": "submit"})
    assert answer.status_code == 503
    assert "Nordkai Kühlhaus GmbH" in answer.text


def test_autosave_brings_new_keys_and_its_own_address(stage: Client) -> None:
    client = stage()
    answer = client.post("/deals/save", data={"customer.name": "Nordkai", "do": "autosave", "request_id": "r1"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.headers["hx-replace-url"].startswith("/deals/reg_")
    assert 'hx-swap-oob="true"' in answer.text
    assert sent(client, pb.CreateRegistrationRequest)[0].request_id == "r1-a"


@pytest.mark.parametrize(
    ("choice", "more", "kind"),
    [
        ("approve", {}, pb.ApproveRegistrationRequest),
        ("send_back", {"text": "Which plant?", "fields": "customer.tax_id"}, pb.SendBackRegistrationRequest),
        ("reject", {"text": "Another one was first.", "rule": "other_registration"}, pb.RejectRegistrationRequest),
    ],
)
def test_a_decision_is_sent_with_its_guards(stage: Client, choice: str, more: dict[str, str], kind: type) -> None:
    client = stage(vendor=True)
    data = {"decision": choice, "etag": "7", "request_id": "attempt-2", "back": "/desk?view=team", **more}
    answer = client.post("/deals/reg_4502/decide", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?view=team")
    request = sent(client, kind)[0]
    assert (request.etag, request.request_id) == ("7", "attempt-2")


def test_a_rejection_needs_its_rule_and_its_words(stage: Client) -> None:
    client = stage(vendor=True)
    answer = client.post("/deals/reg_4502/decide", data={"decision": "reject", "etag": "7"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="d-rule-error"' in answer.text
    assert not sent(client, pb.RejectRegistrationRequest)


def test_a_stale_decision_keeps_the_text_and_brings_the_new_etag(stage: Client) -> None:
    stale = ApiError(412, "ETAG_MISMATCH", "changed")
    client = stage(vendor=True, refuse={pb.SendBackRegistrationRequest: stale})
    answer = client.post("/deals/reg_4502/decide", data={"decision": "send_back", "text": "Which plant?", "etag": "3"}, headers=HTMX)
    assert answer.status_code == 412
    assert "Which plant?" in answer.text
    assert 'name="etag" value="7"' in answer.text


def test_back_never_leads_to_another_site(stage: Client) -> None:
    answer = stage(vendor=True).post("/deals/reg_4502/decide", data={"decision": "approve", "back": "//evil.example/x"})
    assert answer.headers["location"] == "/deals/reg_4502"


@pytest.mark.parametrize("name", ["%0D%0ASet-Cookie:%20a=b", "%E4%BB%B7", "%00", "%5Cevil"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_id_that_is_none_adds_no_header_and_leads_nowhere_else(stage: Client, name: str, headers: dict[str, str]) -> None:
    answer = stage(vendor=True).post(f"/team/people/{name}", {"do": "nothing"}, headers=headers)
    target = answer.headers["HX-Redirect" if headers else "location"]
    assert target.startswith("/team/people/") and target.isascii() and target.isprintable()
    assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"]


def test_bulk_gives_every_row_its_own_result(stage: Client) -> None:
    client = stage(vendor=True)
    data = {"decision": "approve", "id": ["reg_4503", "reg_4504"], "etag-reg_4503": "7", "etag-reg_4504": "7", "back": "/desk"}
    answer = client.post("/desk", data=data)
    assert answer.status_code == 200
    requests = sent(client, pb.ApproveRegistrationRequest)
    assert [request.id for request in requests] == ["reg_4503", "reg_4504"]
    assert len({request.request_id for request in requests}) == 2
    assert answer.text.count("Approved until") == 2


def test_a_bulk_decision_that_needs_words_names_its_deals(stage: Client) -> None:
    answer = stage(vendor=True).post("/desk", data={"decision": "send_back", "id": ["reg_4503", "reg_4504"], "back": "/desk"})
    panel = answer.text.split('class="small chosen"')[1].split("</ul>")[0]
    assert 'href="/deals/reg_4503"' in panel and 'href="/deals/reg_4504"' in panel and "reg_4502" not in panel


def test_a_refusal_names_reason_and_decision(stage: Client) -> None:
    refused = ApiError(
        403,
        "SEPARATION_OF_DUTIES",
        "no",
        metadata={"decision_id": "dec_01KA5C7Q2R8XN4", "rule": "prm.resource.registration.include", "missing": "submitted_by ne per_1"},
    )
    answer = stage(refuse={pb.RetractDecisionRequest: refused}).post("/deals/reg_4417/retract", data={"etag": "7"})
    assert answer.status_code == 403
    assert "dec_01KA5C7Q2R8XN4" in answer.text
    assert "another person has to decide" in answer.text
    assert "submitted_by ne per_1" in answer.text


def test_an_answer_is_asked_only_for_what_is_open(stage: Client) -> None:
    client = stage()
    data = {
        "id": "reg_4499",
        "open": "customer.tax_id,evidence_note",
        "customer.name": "Molkerei",
        "customer.tax_id": "DE 136695976",
        "etag": "7",
        "do": "submit",
    }
    answer = client.post("/deals/save", data={**data, "evidence_note": COMPLETE["evidence_note"]})
    assert answer.status_code == 303
    update = sent(client, pb.UpdateRegistrationRequest)[0]
    assert list(update.update_mask.paths) == ["customer.tax_id", "evidence_note"]


def test_what_was_decided_can_be_undone_from_the_next_page(stage: Client) -> None:
    client = stage(vendor=True)
    answer = client.post("/deals/reg_4417/decide", data={"decision": "approve", "etag": "7"})
    cookie = answer.headers["set-cookie"].split(";")[0]
    shown = client.get("/desk", headers={"Cookie": cookie})
    assert 'action="/deals/reg_4417/retract"' in shown.text
    assert "DR-2026-04417" in shown.text.split('id="toasts"')[1]  # the panel shows the next deal already
    assert "prm_notice=" in shown.headers["set-cookie"]  # said once
    for forged in ('approved|reg_1"><script>|7|D', "nothing", "approved|/x|7|D", "approved|reg_1|7|<b>"):
        assert "retract" not in client.get("/desk", headers={"Cookie": f"prm_notice={forged}"}).text
