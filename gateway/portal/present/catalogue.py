"""The programme's own words: product families, rejection rules and numbers, from its settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prm.deals.v1.programme_pb2 import ProgrammeSetting

from gateway.portal.words import _

MANDATORY = ("customer.domain", "customer.country", "product_families", "value", "expected_close")


@dataclass(frozen=True, slots=True)
class Family:
    """A product family as the form offers it."""

    code: str
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the programme's settings say; empty when they could not be had, then codes are shown as they are."""

    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def families(self) -> list[Family]:
        found = self.values.get("registration.product_families", [])
        return [
            Family(
                str(one["code"]),
                str(one.get("name", one["code"])),
                str(one.get("description", "")),
            )
            for one in found
        ]

    @property
    def rules(self) -> list[tuple[str, str]]:
        """The programme's rejection rules: code and words."""
        found = self.values.get("registration.rejection_rules", [])
        return [(str(one["code"]), _(str(one.get("name", one["code"])))) for one in found]

    @property
    def mandatory(self) -> frozenset[str]:
        """What a submission needs, as the programme says; without its settings what the suite is shipped with."""
        return frozenset(str(one) for one in self.values.get("registration.mandatory_fields", MANDATORY)) | {
            "customer.name",
            "evidence_note",
        }

    def family(self, code: str) -> str:
        return next((one.name for one in self.families if one.code == code), code)

    def rule(self, code: str) -> str:
        return next((name for key, name in self.rules if key == code), code)

    def whole(self, name: str, default: int) -> int:
        """A number of the programme; the shipped default of domain.md where the settings could not be had."""
        value = self.values.get(name, default)
        return int(value) if isinstance(value, (int, float)) else default


def catalogue(settings: Iterable[ProgrammeSetting]) -> Catalogue:
    """Settings as deals gives them, each value JSON."""
    return Catalogue({one.name: json.loads(one.value) for one in settings if one.value})


def shipped() -> tuple[str, ...]:
    """The rejection rules the suite comes with: named here so that they are translated. A programme's own stay as written."""
    return (
        _("Another partner registered this customer first"),
        _("The vendor already works on this deal with the customer"),
        _("The vendor was in contact with the customer lately"),
        _("The account is served by the vendor"),
        _("The deal is below the minimum value"),
        _("The evidence does not show the partner's own work"),
        _("Renewals are not registered"),
        _("Public tenders are not registered"),
        _("Customer or product is outside the programme"),
    )
