"""Attacks on objects through their own calls: fields that only the server fills, ids that are guessed, accounts beyond their role."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from google.protobuf.descriptor import FieldDescriptor

from gateway.contracts import Method, methods
from gateway.transcoding.openapi.examples import example
from tests.system.test_leaks import REGISTRATIONS, invoke
from tests.system.visitors import rest
from tests.system.world import World, budget, registration, submitted

ADMINS = ("administrator", "programme", "sales")
# What callers may say of a new object, by its message; everything else is the server's to fill.
THEIRS = {
    "Registration": {"customer", "product_families", "value", "expected_close", "evidence_note", "margin_percent", "owner_id", "organization_id"},
    "Budget": {"organization_id", "name", "allocated", "start_date", "end_date"},
    "Course": {"code", "title", "description", "language", "duration_minutes", "url", "tags", "lessons", "mandatory_for", "tiers", "minutes", "summary", "modules"},
    "Document": {"title", "description", "language", "tags", "tiers", "product_families", "kind", "regions"},
    "Organization": {"parent_id", "name", "types", "domains", "country", "time_zone", "tier", "tax_id", "regions", "language", "certifications", "manager_id", "calendar"},
    "Group": {"organization_id", "name", "roles", "member_ids"},
    "Grant": {"person_id", "resource", "object_id", "actions", "expire_time"},
    "ServiceAccount": {"name", "roles", "public_key"},
    "Role": {"id", "name", "title", "kind", "permissions", "readable_fields", "may_give", "limits", "excludes", "grantable_roles", "approval_limits", "toxic_with", "description"},
    "ReservedAccount": {"name", "domain", "country", "tax_id", "reason", "customer", "expire_time", "product_families", "note"},
}  # fmt: skip
CREATES = [method for method in methods() if method.name.startswith("Create") and method.http is not None]
UPDATES = [method for method in methods() if method.name.startswith("Update") and "update_mask" in method.sent.fields_by_name]


def carried(method: Method) -> FieldDescriptor:
    """The field of the request that holds the object."""
    return next(field for field in method.sent.fields if field.message_type is not None and field.name != "update_mask")


def servers(method: Method) -> list[Any]:
    resource: Any = carried(method).message_type
    return [field for field in resource.fields if field.name not in THEIRS.get(resource.name, set())]


def planted(field: Any) -> Any:
    """A value that an attacker would like a field to have."""
    if field.message_type is not None:
        wanted: Any = example(field.message_type)
    elif field.enum_type is not None:
        wanted = field.enum_type.values[-1].name
    elif field.type == FieldDescriptor.TYPE_STRING:
        wanted = '"7777"' if field.name == "etag" else "planted_1"
    else:
        wanted = True if field.type == FieldDescriptor.TYPE_BOOL else 77
    return [wanted] if field.is_repeated else wanted


def body(world: World, method: Method) -> dict[str, Any]:
    """A good one to begin with, new each time."""
    kind = carried(method).message_type.name  # type: ignore[union-attr]
    made: dict[str, Any] = example(carried(method).message_type, sent=True)  # type: ignore[arg-type]
    return {name: value for name, value in made.items() if name in THEIRS[kind]} | fitting(world, kind, uuid.uuid4().hex[:8])


def fitting(world: World, kind: str, tag: str) -> dict[str, Any]:
    """What of the example has to be another here."""
    companies = world.organizations
    fits: dict[str, dict[str, Any]] = {
        "Registration": {
            "product_families": ["halo_c12"],
            "customer": {"name": f"Werft {tag} AG"},
            "organization_id": companies["reseller"],
            "owner_id": "",
        },
        "Budget": {"organization_id": companies["reseller"]},
        "Course": {"code": f"COURSE-{tag.upper()}"},
        "Organization": {
            "parent_id": companies["vendor"],
            "types": ["reseller"],
            "domains": [f"{tag}.example"],
            "tax_id": "",
            "tier": "silver",
        },
        "Group": {"organization_id": companies["reseller"], "roles": ["partner_sales"], "member_ids": []},
        "ServiceAccount": {"roles": ["integration"], "public_key": ""},
        "Grant": {"person_id": world.people["colleague"], "resource": "registration", "object_id": "reg_none", "actions": ["read"]},
    }
    return fits.get(kind, {})


@pytest.mark.parametrize("method", CREATES, ids=lambda item: item.name)
def test_what_the_server_fills_cannot_be_planted(world: World, method: Method) -> None:
    """Each such field with each caller who may create: refused by name, or not taken over."""
    assert carried(method).message_type.name in THEIRS, "say what callers may send"  # type: ignore[union-attr]
    wrong, made = [], 0
    for who in ADMINS:
        with rest(world, who) as client:
            made += client.post(method.http.post, json=body(world, method)).status_code == httpx.codes.OK  # type: ignore[union-attr]
            for field in servers(method):
                sent = {**body(world, method), field.name: planted(field)}
                answer = client.post(method.http.post, json=sent)  # type: ignore[union-attr]
                assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
                shown = answer.json() if answer.status_code == httpx.codes.OK else {}
                found = shown.get(carried(method).name, shown).get(field.name)
                if answer.status_code == httpx.codes.OK and found == planted(field):
                    wrong.append((who, field.name, found))
    assert not wrong
    assert made or method.name in ("CreateRole", "CreateGrant"), "without the planted fields somebody may create it"


@pytest.fixture(scope="module")
def targets(world: World) -> dict[str, tuple[str, str]]:
    """By resource: an object and who may change it."""
    draft = world.call("sales", world.api.registrations.CreateRegistration, create("Werft Anders AG"))
    return {
        "Registration": (draft.id, "sales"),
        "Budget": (budget(world, "reseller").id, "programme"),
        "Organization": (world.organizations["reseller"], "administrator"),
        "Person": (world.people["colleague"], "administrator"),
    }


def create(customer: str) -> Any:
    from prm.deals.v1 import registrations_pb2

    return registrations_pb2.CreateRegistrationRequest(registration=registration(customer))


# What may be changed afterwards, of the resources that a test has one of.
CHANGEABLE = {
    "Registration": {"customer", "product_families", "value", "expected_close", "evidence_note", "margin_percent"},
    "Budget": {"name", "allocated", "start_date", "end_date"},
    "Organization": {"name", "types", "domains", "country", "time_zone", "tax_id", "tier", "language", "regions"},
    "Person": {"name", "language", "time_zone", "theme", "email"},
}
CHANGES = [method for method in UPDATES if carried(method).message_type.name in CHANGEABLE and "{" in method.http.patch]  # type: ignore[union-attr]


@pytest.mark.parametrize("method", CHANGES, ids=lambda item: item.name)
def test_no_mask_reaches_what_the_server_fills(world: World, targets: dict[str, tuple[str, str]], method: Method) -> None:
    """A mask names the field, the body brings the value: every field that is not the caller's."""
    resource: Any = carried(method).message_type
    target, who = targets[resource.name]
    path = method.http.patch.replace(f"{{{carried(method).name}.id}}", target)  # type: ignore[union-attr]
    fixed = [field for field in resource.fields if field.name not in CHANGEABLE[resource.name] and field.name not in ("id", "etag")]
    with rest(world, who) as client:
        tries = [(field.name, field.name, {field.name: planted(field)}) for field in fixed]
        tries += [
            (mask, mask, {})
            for mask in ("*", "org_id", "owner_id", "version", "sequence", "org_path", "id,name", "customer.__class__", "a;b")
        ]
        for mask, name, sent in tries:
            answer = client.patch(path, params={"update_mask": mask}, json=sent)
            taken = answer.status_code == httpx.codes.OK and answer.json().get(name) == sent.get(name, "")
            assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR and not taken, (mask, answer.text[:300])


def test_a_partner_changes_nothing_of_the_company_that_rights_hang_on(world: World, targets: dict[str, tuple[str, str]]) -> None:
    company = targets["Organization"][0]
    with rest(world, "admin") as client:
        before = client.get(f"/v1/organizations/{company}").json()
        for sent in (
            {"tier": "gold"},
            {"types": ["distributor"]},
            {"domains": ["evil.example"]},
            {"parent_id": world.organizations["vendor"]},
        ):
            answer = client.patch(f"/v1/organizations/{company}", params={"update_mask": next(iter(sent))}, json=sent)
            assert answer.status_code in (400, 403), sent
        assert client.get(f"/v1/organizations/{company}").json() == before


def test_a_hidden_object_looks_like_one_that_never_was(world: World) -> None:
    """By status, reason and words, over read and change: an id that is guessed right tells nothing."""
    hidden = submitted(world, "sales", "Werft Geheim AG").id
    absent = hidden[:-8] + "00000000"
    with rest(world, "stranger_admin") as client:
        for verb, path, sent in (
            ("GET", "/v1/registrations/{}", None),
            ("GET", "/v1/registrations/{}/conflictReport", None),
            ("POST", "/v1/registrations/{}:submit", {}),
            ("POST", "/v1/registrations/{}:withdraw", {}),
            ("DELETE", "/v1/registrations/{}", None),
            ("PATCH", "/v1/registrations/{}?update_mask=evidence_note", {"evidence_note": "Mine now, and twenty characters."}),
            ("GET", "/v1/deals/events?subject=registration/{}", None),
        ):
            answers = [client.request(verb, path.format(name), json=sent) for name in (hidden, absent)]
            told = [(answer.status_code, said(answer, name)) for answer, name in zip(answers, (hidden, absent), strict=True)]
            assert told[0] == told[1], path
    with rest(world, "stranger_admin") as client:
        for kind, real in (("people", world.people["sales"]), ("organizations", world.organizations["sibling"])):
            never = real[:-8] + "00000000"
            answers = [client.get(f"/v1/{kind}/{name}") for name in (real, never)]
            assert said(answers[0], real) == said(answers[1], never)


def said(answer: httpx.Response, name: str) -> str:
    """The words of an answer without the id asked for, ids of decisions and traces."""
    problem = answer.json()
    return str(
        {key: value for key, value in problem.items() if key not in ("decision_id", "trace_id", "instance", "metadata", "next")}
    ).replace(name, "…")


def test_numbers_and_searches_find_nothing_hidden(world: World) -> None:
    """What one may not see cannot be found by its number or by words of it; counts are compared by the leak matrix."""
    deal = submitted(world, "sales", "Geheimnis Kohlenhandel AG")
    for asked in (deal.number, "Geheimnis", "Kohlenhandel"):
        found = invoke(world, "stranger_admin", REGISTRATIONS[1], search=asked)
        assert not found.registrations
        assert invoke(world, "sales", REGISTRATIONS[1], search=asked).registrations or asked == deal.number


@pytest.mark.parametrize("token", ["x" * 43, "0" * 32, "../../etc", "%00", "' OR 1=1 --"])
def test_an_invitation_is_not_guessed_and_says_the_same_to_all(world: World, token: str) -> None:
    with httpx.Client(base_url=world.suite.base_url, timeout=20) as client:
        answer = client.post("/v1/invitations:accept", json={"token": token, "password": "a long enough password"})
    assert answer.status_code in (400, 404)
    assert answer.json()["reason"] in ("INVITATION_ENDED", "INVALID_REQUEST")
