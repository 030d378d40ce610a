"""Whatever is sent: the right status, a permanent reason, and the field."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, money_pb2
from prm.deals.v1 import registrations_pb2 as pb

from tests.integration.deals.world import Refused, World, content, refusal

R = pb.Registration
LONG = "x" * 300


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer": {"name": ""}}, "registration.customer.name"),
        ({"customer": {"name": "  \t "}}, "registration.customer.name"),
        ({"customer": {"name": LONG}}, "registration.customer.name"),
        ({"customer": {"domain": "not a domain"}}, "registration.customer.domain"),
        ({"customer": {"domain": "10.0.0.1"}}, "registration.customer.domain"),
        ({"customer": {"domain": "x" * 254}}, "registration.customer.domain"),
        ({"customer": {"country": "de"}}, "registration.customer.country"),
        ({"customer": {"country": "ZZ"}}, "registration.customer.country"),
        ({"customer": {"contact_email": "nobody"}}, "registration.customer.contact_email"),
        ({"customer": {"tax_id": "1" * 41}}, "registration.customer.tax_id"),
        ({"customer": {"town": LONG}}, "registration.customer.town"),
        ({"product_families": ["halo_c5", "warp_drive"]}, "registration.product_families[1]"),
        ({"product_families": ["halo_c5", "halo_c5"]}, "registration.product_families"),
        ({"product_families": [f"f{place}" for place in range(21)]}, "registration.product_families"),
        ({"value": money_pb2.Money(currency_code="EURO", units=5)}, "registration.value.currency_code"),
        ({"value": money_pb2.Money(currency_code="EUR", units=-5)}, "registration.value"),
        ({"value": money_pb2.Money(currency_code="EUR", units=5, nanos=-1)}, "registration.value"),
        ({"value": money_pb2.Money(currency_code="JPY", units=5, nanos=500_000_000)}, "registration.value"),
        ({"value": money_pb2.Money(currency_code="EUR", units=2**62)}, "registration.value"),
        ({"expected_close": date_pb2.Date(year=2027, month=2, day=30)}, "registration.expected_close"),
        ({"expected_close": date_pb2.Date(year=2027, month=2)}, "registration.expected_close"),
        ({"margin_percent": 101.0}, "registration.margin_percent"),
        ({"margin_percent": -1.0}, "registration.margin_percent"),
        ({"margin_percent": math.nan}, "registration.margin_percent"),
        ({"evidence_note": "x" * 4001}, "registration.evidence_note"),
    ],
)
def test_each_field_says_what_is_wrong(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        world.create(**changes)
    assert refused.value.code == "INVALID_ARGUMENT" and list(refused.value.fields) == [field]
    assert refused.value.fields[field] and refused.value.reason


def test_all_wrong_fields_are_named_at_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.create(customer={"domain": "not a domain", "country": "ZZ"}, product_families=["warp_drive"])
    assert set(refused.value.fields) == {
        "registration.customer.domain", "registration.customer.country", "registration.product_families[0]",
    }  # fmt: skip


def test_a_draft_needs_a_name_only(world: World) -> None:
    request = pb.CreateRegistrationRequest(registration=R(customer=pb.Customer(name="Nordkai")))
    draft = world.call("per_marta", world.registrations.CreateRegistration, request)
    assert draft.customer.name == "Nordkai" and not draft.HasField("value")
    with pytest.raises(Refused) as refused:
        world.submit(draft.id)
    assert refused.value.reason == "REGISTRATION_INCOMPLETE"
    assert set(refused.value.fields) == {
        f"registration.{name}"
        for name in ("customer.domain", "customer.country", "product_families", "value", "expected_close", "evidence_note")
    }
    assert world.get(draft.id).status == R.DRAFT and world.get(draft.id).etag == draft.etag


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"evidence_note": "Too short."}, "registration.evidence_note"),
        ({"value": money_pb2.Money(currency_code="EUR")}, "registration.value"),
        ({"expected_close": date_pb2.Date(year=2026, month=11, day=1)}, "registration.expected_close"),
        ({"customer": {"tax_id": "DE 8123 45"}}, "registration.customer.tax_id"),
        ({"customer": {"tax_id": "000000000"}}, "registration.customer.tax_id"),
        ({"customer": {"tax_id": "n/a"}}, "registration.customer.tax_id"),
    ],
)
def test_what_keeps_a_draft_from_being_sent(world: World, changes: dict[str, Any], field: str) -> None:
    draft = world.create(**changes)
    with pytest.raises(Refused) as refused:
        world.submit(draft.id)
    assert refused.value.code == "INVALID_ARGUMENT" and list(refused.value.fields) == [field]


def test_the_domain_is_kept_as_a_host_name(world: World) -> None:
    assert world.create(customer={"domain": "https://www.Nordkai.example/start"}).customer.domain == "nordkai.example"


@pytest.mark.parametrize("path", ["status", "number", "customer.nope", "value.units", "", "decided_by", "org_id", "*"])
def test_unknown_paths_of_a_mask(world: World, path: str) -> None:
    draft = world.create()
    with pytest.raises(Refused) as refused:
        world.update(draft.id, paths=(path,))
    assert refused.value.code == "INVALID_ARGUMENT" and list(refused.value.fields) == ["update_mask.paths[0]"]


def test_a_mask_can_empty_a_field(world: World) -> None:
    draft = world.create()
    emptied = world.update(draft.id, paths=("value", "expected_close", "customer.town"))
    assert not emptied.HasField("value") and not emptied.HasField("expected_close") and not emptied.customer.town
    with pytest.raises(Refused) as refused:
        world.update(draft.id, paths=("customer",))  # the name too
    assert list(refused.value.fields) == ["registration.customer.name"]


def test_an_update_that_changes_nothing_leaves_no_trace(world: World) -> None:
    draft = world.create()
    same = world.update(draft.id, customer=draft.customer, evidence_note=draft.evidence_note)
    assert same.etag == draft.etag and world.facts_recorded(draft.id) == ["created"]


def test_what_the_server_fills_cannot_be_sent(world: World) -> None:
    draft = world.create(status=R.APPROVED, number="DR-1", id="reg_mine", decided_by="per_marta", conflict_score=9, etag="x")
    assert (draft.status, draft.decided_by, draft.conflict_score) == (R.DRAFT, "", 0)
    assert draft.id != "reg_mine" and draft.number != "DR-1"


@pytest.mark.parametrize(
    ("org", "owner"), [("org_lumen", ""), ("org_lumen", "per_marta"), ("org_nowhere", ""), ("", "per_bastien"), ("", "per_x")]
)
def test_nobody_registers_for_others(world: World, org: str, owner: str) -> None:
    with pytest.raises(Refused) as refused:
        world.create(organization_id=org, owner_id=owner)
    assert refused.value.code in ("PERMISSION_DENIED", "INVALID_ARGUMENT")


def test_an_administrator_registers_for_a_colleague(world: World) -> None:
    draft = world.create("per_jonas", owner_id="per_marta")
    assert draft.owner_id == "per_marta" and world.get(draft.id, "per_marta").id == draft.id


@pytest.mark.parametrize("fields", [("nope",), ("customer.name", "status")])
def test_only_fields_of_the_form_can_be_opened(world: World, fields: tuple[str, ...]) -> None:
    made = world.submitted()
    with pytest.raises(Refused) as refused:
        world.send_back(made.id, fields=fields)
    assert refused.value.code == "INVALID_ARGUMENT" and next(iter(refused.value.fields)).startswith("fields[")


def test_the_partner_s_limit_of_open_registrations(world: World) -> None:
    began = world.clock.now()
    world.schedule("registration.open_limit", "1")
    world.rows("SELECT 1")
    first = world.create("per_noemi")
    try:
        open_now = world.rows(
            "SELECT count(*) AS n FROM registration WHERE org_id = 'org_alpen' AND status IN ('submitted', 'in_review', 'action_required', 'approved')"
        )
        if not open_now[0].n:
            world.submit(first.id, "per_noemi")
            first = world.create("per_noemi")
        with pytest.raises(Refused) as refused:
            world.submit(first.id, "per_noemi")
        assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "REGISTRATION_LIMIT")
        assert refused.value.metadata["limit"] == "1"
    finally:
        world.move_to(began)
        world.pass_time(minutes=1)
        world.schedule("registration.open_limit", "0")


@pytest.mark.parametrize("id", ["", "x" * 65, "reg_nope", "registration/1", "reg_\u0000", "'; DROP TABLE registration; --"])
def test_ids_that_are_none(world: World, id: str) -> None:
    with pytest.raises(Refused) as refused:
        world.get(id)
    assert refused.value.code in ("NOT_FOUND", "INVALID_ARGUMENT")


def test_nul_characters_are_refused_not_stored(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.create(evidence_note="Walked the line with\u0000 the plant manager.")
    assert refused.value.code == "INVALID_ARGUMENT"


def test_bytes_that_are_no_message(world: World) -> None:
    send = world.channel.unary_unary("/prm.deals.v1.Registrations/CreateRegistration", lambda raw: raw, lambda raw: raw)
    with pytest.raises(grpc.RpcError) as error:
        send(b"\xff\xff\xff", timeout=5, metadata=(("authorization", f"Bearer {world.token('per_marta')}"),))
    assert refusal(error.value).code == "INVALID_ARGUMENT"


def test_without_token_deadline_or_request_id(world: World) -> None:
    metadata = (("authorization", f"Bearer {world.token('per_marta')}"),)
    named, nameless = (
        pb.CreateRegistrationRequest(registration=content(world), request_id=request_id) for request_id in ("request-without", "")
    )
    calls: tuple[tuple[Callable[[], pb.Registration], str], ...] = (
        (lambda: world.registrations.CreateRegistration(named, timeout=5), "UNAUTHENTICATED"),
        (lambda: world.registrations.CreateRegistration(named, metadata=metadata), "INVALID_ARGUMENT"),
        (lambda: world.registrations.CreateRegistration(nameless, timeout=5, metadata=metadata), "INVALID_ARGUMENT"),
    )
    for call, code in calls:
        with pytest.raises(grpc.RpcError) as error:
            call()
        assert refusal(error.value).code == code


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("registration.protection_days", "0", "from 1 to 730"),
        ("registration.protection_days", "true", "whole number"),
        ("registration.protection_days", "90.5", "whole number"),
        ("registration.protection_days", '"90"', "whole number"),
        ("registration.protection_days", "9" * 4000, "whole number"),
        ("registration.protection_days", "ninety", "JSON"),
        ("registration.protection_days", "NaN", "whole number"),
        ("registration.protection_days", "[" * 4000, "JSON"),
        ("registration.expiry_reminder_days", "[30, 30]", "different"),
        ("registration.expiry_reminder_days", "[30, 0]", "from 1"),
        ("registration.minimum_value", '{"EURO": 1}', "ISO 4217"),
        ("registration.minimum_value", '{"EUR": -1}', "whole amounts"),
        ("registration.product_families", "[]", "list of objects"),
        ("registration.product_families", '[{"code": "Halo", "name": "x"}]', "lower-case"),
        ("registration.product_families", '[{"code": "a", "name": "x"}, {"code": "a", "name": "y"}]', "twice"),
        ("registration.product_families", '[{"code": "a", "name": "x\\u0000y"}]', "lines"),
        ("registration.mandatory_fields", '["customer.shoe_size"]', "some of"),
        ("registration.mandatory_fields", "[[1]]", "some of"),
        ("programme.time_zone", '"Mars/Olympus"', "IANA"),
        ("registration.auto_withdraw", "1", "true or false"),
    ],
)
def test_settings_say_what_they_must_be(world: World, name: str, value: str, part: str) -> None:
    with pytest.raises(Refused) as refused:
        world.schedule(name, value[:4000])
    assert refused.value.code == "INVALID_ARGUMENT" and part in refused.value.fields["value"]


def test_unknown_settings_and_times_in_the_past(world: World) -> None:
    with pytest.raises(Refused) as unknown:
        world.schedule("registration.nope", "1")
    assert list(unknown.value.fields) == ["name"]
    past, never = Timestamp(), Timestamp(seconds=2**40)
    past.FromDatetime(world.clock.now().replace(year=2025))
    for moment in (past, never):
        with pytest.raises(Refused) as refused:
            world.schedule("registration.protection_days", "30", effective_time=moment)
        assert list(refused.value.fields) == ["effective_time"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "reserved_account.name"),
        ({"name": "x", "domain": "nope"}, "reserved_account.domain"),
        ({"name": "x", "country": "ZZ"}, "reserved_account.country"),
        ({"name": "x", "note": "n" * 1001}, "reserved_account.note"),
    ],
)
def test_reserved_accounts_say_what_is_wrong(world: World, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        world.reserve(**changes)
    assert refused.value.code == "INVALID_ARGUMENT" and list(refused.value.fields) == [field]


def test_partners_neither_reserve_nor_schedule(world: World) -> None:
    for call in (
        lambda: world.reserve("per_marta", name="Mine"),
        lambda: world.schedule("registration.protection_days", "300", "per_marta"),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.code == "PERMISSION_DENIED"
