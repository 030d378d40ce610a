"""Every setting of the programme: its name, what it may be, and the value it is shipped with (domain.md 3)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.deals.programme.shapes import Amounts, Choice, Codes, Flag, Shape, Whole, Wholes, Zone


@dataclass(frozen=True)
class Definition:
    """A setting. `shipped` is its JSON value while nobody has scheduled another."""

    name: str
    shape: Shape
    shipped: Any

    @property
    def attribute(self) -> str:
        """Its name in `Programme`."""
        return self.name.partition(".")[2]


def _codes(*pairs: tuple[str, ...]) -> list[dict[str, str]]:
    return [dict(zip(("code", "name", "description"), pair, strict=False)) for pair in pairs]


FAMILIES = _codes(
    ("halo_c5", "Halo C5", "Cobot arm, 5 kg"),
    ("halo_c12", "Halo C12", "Cobot arm, 12 kg"),
    ("drift_300", "Drift 300", "Mobile robot, 300 kg"),
    ("drift_1200", "Drift 1200", "Mobile robot, 1200 kg"),
    ("beacon", "Beacon", "Fleet software"),
    ("vigil", "Vigil", "Safety vision"),
)
REJECTIONS = _codes(
    ("other_registration", "Another partner registered this customer first"),
    ("direct_opportunity", "The vendor already works on this deal with the customer"),
    ("direct_outreach", "The vendor was in contact with the customer lately"),
    ("reserved_account", "The account is served by the vendor"),
    ("minimum_size", "The deal is below the minimum value"),
    ("insufficient_evidence", "The evidence does not show the partner's own work"),
    ("renewal", "Renewals are not registered"),
    ("tender", "Public tenders are not registered"),
    ("outside_programme", "Customer or product is outside the programme"),
)
# About 5,000 euros in each currency (domain.md 3, rule 2e); whole amounts that people remember, never converted.
MINIMUM = {
    "EUR": 5000, "USD": 5000, "GBP": 4500, "CHF": 5000, "PLN": 20000, "NOK": 55000, "SEK": 55000, "DKK": 37000,
    "CZK": 125000, "BRL": 25000, "CNY": 35000, "JPY": 800000, "CAD": 7500, "AUD": 8000, "INR": 450000, "MXN": 100000,
}  # fmt: skip
MANDATORY = ("customer.name", "customer.domain", "customer.country", "product_families", "value", "expected_close")
MAY_BE_MANDATORY = frozenset({*MANDATORY, "customer.town", "customer.tax_id", "customer.contact_email", "margin_percent"})

DEFINITIONS = MappingProxyType(
    {
        item.name: item
        for item in (
            Definition("matching.possible_percent", Whole(50, 100), 75),
            Definition("matching.probable_percent", Whole(50, 100), 90),
            Definition("programme.time_zone", Zone(), ""),
            Definition("registration.answer_days", Whole(1, 60), 5),
            Definition("registration.auto_withdraw", Flag(), True),
            Definition("registration.decision_hours", Whole(1, 720), 48),
            Definition("registration.evidence_characters", Whole(0, 1000), 20),
            Definition("registration.expiry_reminder_days", Wholes(1, 365, 10), [30, 14, 3]),
            Definition("registration.mandatory_fields", Choice(MAY_BE_MANDATORY), list(MANDATORY)),
            Definition("registration.minimum_value", Amounts(), MINIMUM),
            Definition("registration.open_limit", Whole(0, 100_000), 25),
            Definition("registration.product_families", Codes(), FAMILIES),
            Definition("registration.protection_days", Whole(1, 730), 90),
            Definition("registration.rejection_rules", Codes(), REJECTIONS),
        )
    }
)


@dataclass(frozen=True)
class Programme:
    """The settings as they hold at one time, checked. Days and hours of clocks are business time, protection is calendar days."""

    possible_percent: int
    probable_percent: int
    time_zone: str
    answer_days: int
    auto_withdraw: bool
    decision_hours: int
    evidence_characters: int
    expiry_reminder_days: tuple[int, ...]
    mandatory_fields: tuple[str, ...]
    minimum_value: dict[str, int]
    open_limit: int
    product_families: tuple[dict[str, str], ...]
    protection_days: int
    rejection_rules: tuple[dict[str, str], ...]

    @property
    def family_codes(self) -> frozenset[str]:
        """Codes of the catalogue."""
        return frozenset(item["code"] for item in self.product_families)

    @property
    def rule_codes(self) -> frozenset[str]:
        """Rules a rejection may name."""
        return frozenset(item["code"] for item in self.rejection_rules)


def programme_of(scheduled: dict[str, Any]) -> Programme:
    """The programme with these values over the shipped ones; a value that is no longer allowed falls back."""
    return Programme(**{item.attribute: _checked(item, scheduled) for item in DEFINITIONS.values()})


def _checked(item: Definition, scheduled: dict[str, Any]) -> Any:
    try:
        return item.shape.check(scheduled.get(item.name, item.shipped))
    except ValueError:
        return item.shape.check(item.shipped)
