"""When a resubmission is still the same deal, and what settings may be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.deals.matching.compare import Limits
from services.deals.programme.definitions import DEFINITIONS, programme_of
from services.deals.registrations.content import FIELDS, masked_paths
from services.deals.registrations.model import Registration
from services.deals.registrations.rules import content_of, same_deal, violations

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def registration(**changes: Any) -> Registration:
    values: dict[str, Any] = {
        "customer_name": "Nordseekühlhaus Emden GmbH",
        "customer_domain": "nordsee.example",
        "customer_country": "DE",
        "product_families": ["halo_c5", "vigil"],
    }
    return Registration(
        id="reg_1", created_at=NOW, updated_at=NOW, org_id="org_1", org_path="v.org_1.", owner_id="per_1", number="DR-1", created_by="per_1",
        **(values | changes),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"customer_name": "Nordsee Kühlhaus Emden GmbH & Co. KG"}, True),
        ({"customer_tax_id": "DE136695976"}, True),
        ({"customer_town": "Emden"}, True),
        ({"customer_domain": "www.nordsee.example"}, True),
        ({"product_families": ["vigil"]}, True),
        ({"product_families": ["halo_c5", "vigil", "beacon"]}, False),
        ({"customer_name": "Südseekühlhaus Husum GmbH"}, False),
        ({"customer_domain": "other.example"}, False),
        ({"customer_country": "NL"}, False),
    ],
)
def test_priority_belongs_to_the_deal(changes: dict[str, Any], same: bool) -> None:
    assert same_deal(content_of(registration()), registration(**changes), Limits()) is same


def test_a_number_that_was_none_may_be_put_right() -> None:
    wrong, right, other = (registration(customer_tax_id=text) for text in ("DE13669597", "DE136695976", "DE298296572"))
    assert same_deal(content_of(wrong), right, Limits())
    assert not same_deal(content_of(right), other, Limits())


def test_mandatory_fields_are_the_programme_s() -> None:
    programme = programme_of({"registration.mandatory_fields": ["customer.town"], "registration.evidence_characters": 0})
    assert [item.field for item in violations(registration(), programme, NOW)] == ["registration.customer.town"]
    assert violations(registration(customer_town="Emden"), programme, NOW) == []


def test_a_family_that_left_the_catalogue_has_to_go() -> None:
    programme = programme_of({"registration.mandatory_fields": [], "registration.evidence_characters": 0})
    found = violations(registration(product_families=["halo_c5", "gone"]), programme, NOW)
    assert [(item.field, item.reason) for item in found] == [("registration.product_families", "UNKNOWN_CODE")]


def test_shipped_values_are_allowed_and_complete() -> None:
    programme = programme_of({})
    assert programme.protection_days == 90 and programme.decision_hours == 48 and programme.answer_days == 5
    assert programme.expiry_reminder_days == (30, 14, 3) and programme.minimum_value["EUR"] == 5000
    assert {"halo_c5", "halo_c12", "drift_300", "beacon", "vigil"} <= programme.family_codes
    assert "other_registration" in programme.rule_codes
    assert set(programme.mandatory_fields) <= set(FIELDS)
    assert all(name == item.name for name, item in DEFINITIONS.items())


def test_a_value_that_is_no_longer_allowed_falls_back() -> None:
    assert programme_of({"registration.protection_days": 100_000}).protection_days == 90


def test_a_mask_names_fields_or_the_whole_customer() -> None:
    assert masked_paths(["customer", "value", "customer.town"], "mask") == [
        *(path for path in FIELDS if path.startswith("customer.")),
        "value",
    ]
