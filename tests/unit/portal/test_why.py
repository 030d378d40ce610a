"""Asking why, and pages that are refused like the API: nobody gets an empty page of what he may not see."""

from __future__ import annotations

from typing import Any

import pytest
from prm.deals.v1 import registrations_pb2
from prm.decisions.v1 import decisions_pb2 as asks
from prm.identity.v1 import people_pb2

from gateway.errors import ApiError
from gateway.portal.present.why import HOSTS, deeds
from gateway.portal.words import reading
from services.identity.roles.shipped import SHIPPED
from tests.portal import samples
from tests.portal.browser import Browser

ASKED = "/team/why?person=per_marta&deed=registration.approve"
DENIED = ApiError(403, "ROLE_MISSING", "no")


def sent(client: Browser, kind: type) -> list[Any]:
    return [request for request in client.api.asked if isinstance(request, kind)]


def test_without_a_question_nothing_is_asked() -> None:
    client = Browser(vendor=True)
    assert client.get("/team/why").status_code == 200
    assert not sent(client, asks.ExplainRequest)


def test_a_no_says_rule_and_missing_fact() -> None:
    client = Browser(vendor=True)
    text = client.get(f"{ASKED}&object=/deals/reg_4502").text
    request = sent(client, asks.ExplainRequest)[0]
    assert (request.service, request.resource, request.action, request.object_id) == ("deals", "registration", "approve", "reg_4502")
    for said in ("No, Marta Keller may not do this.", "prm.resource.registration.include", "status eq in_review", "status = approved"):
        assert said in text
    assert "Who else can?" in text


def test_a_supposed_role_is_added_to_those_she_has() -> None:
    client = Browser(vendor=True)
    text = client.get(f"{ASKED}&role=channel_manager").text
    assert list(sent(client, asks.WhatIfRequest)[0].supposed.roles.values) == ["channel_manager", "partner_sales"]
    assert "With the role Channel manager Marta Keller could." in text


def test_who_else_can() -> None:
    client = Browser(vendor=True)
    text = client.get(f"{ASKED}&object=reg_4502&who=1").text
    assert sent(client, asks.WhoCanRequest)[0].object_id == "reg_4502"
    assert "Deniz Aydın" in text
    assert "page_token=more" in text


def test_a_partner_supposes_nothing() -> None:
    client = Browser()
    text = client.get(f"{ASKED}&object=reg_4502&who=1&role=channel_manager").text
    assert not sent(client, asks.WhatIfRequest)
    assert not sent(client, asks.WhoCanRequest)
    assert 'name="role"' not in text


@pytest.mark.parametrize(("status", "shown"), [(404, 200), (400, 200), (403, 403)])
def test_refusals(status: int, shown: int) -> None:
    client = Browser(vendor=True, refuse={asks.ExplainRequest: ApiError(status, "X", "x")})
    assert client.get(ASKED).status_code == shown


def test_nonsense_in_the_address_is_not_sent_on() -> None:
    client = Browser(vendor=True)
    for deed in ("registration", "unknown.read", "registration.re%00ad", "a.b.c", "registration.%E4%BB%B7"):
        assert client.get(f"/team/why?person=per_marta&deed={deed}").status_code == 200
    assert not sent(client, asks.ExplainRequest)


def test_what_roles_allow_can_be_asked() -> None:
    roles = [
        people_pb2.Role(
            permissions=[
                people_pb2.Role.Permission(resource=resource, action=action)
                for role in SHIPPED.values()
                for resource, actions in role.permissions.items()
                for action in actions
            ]
        )
    ]
    with reading(samples.reader()):
        found = deeds(roles, ())
    assert len(found) == len(HOSTS)
    assert found[0][1][0] == ("registration.read", "See")


@pytest.mark.parametrize("path", ["/deals", "/desk"])
def test_who_may_read_no_deals_gets_no_empty_page(path: str) -> None:
    refuse: dict[type, ApiError] = {
        registrations_pb2.ListRegistrationsRequest: DENIED,
        registrations_pb2.CountRegistrationsRequest: DENIED,
    }
    assert Browser(vendor=True, refuse=refuse).get(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/team", people_pb2.ListPeopleRequest), ("/team/roles", people_pb2.ListRolesRequest), ("/team/grants", people_pb2.ListGrantsRequest)],
)
def test_lists_of_access_are_refused_too(path: str, kind: type) -> None:
    assert Browser(refuse={kind: DENIED}).get(path).status_code == 403
