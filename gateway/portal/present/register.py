"""The registration form: its fields, what it takes from what was typed, and its words for each answer that needs a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from babel.numbers import NumberFormatError, parse_decimal
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from prm.deals.v1.registrations_pb2 import Customer, Registration

from gateway.portal import formats
from gateway.portal.forms import Field, Form, form
from gateway.portal.present.catalogue import Catalogue, Family
from gateway.portal.present.conflicts import Hint
from gateway.portal.present.deals import countries
from gateway.portal.words import _, reader

CURRENCIES = (
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "NOK",
    "SEK",
    "DKK",
    "PLN",
    "CZK",
    "BRL",
    "MXN",
    "CAD",
    "CNY",
    "JPY",
    "INR",
    "AUD",
    "TRY",
    "ZAR",
)
TEXTS = ("name", "domain", "country", "town", "tax_id", "contact_email")
PATHS = (*(f"customer.{name}" for name in TEXTS), "product_families", "value", "expected_close", "margin_percent", "evidence_note")
LEAST_EVIDENCE = 20
SHIPPED = Catalogue().mandatory


def open_fields(deal: Registration | None) -> frozenset[str]:
    """What may be changed: the flagged fields while an answer is asked for, else all that are not hidden from the person."""
    if deal is None:
        return frozenset(PATHS)
    if deal.status == Registration.ACTION_REQUIRED:
        return frozenset([*deal.requested_fields, "evidence_note"])
    return frozenset(PATHS) - frozenset(deal.masked_fields)


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The form and its two asides."""

    form: Form
    families: list[Family]
    id: str = ""
    number: str = ""
    saved: datetime | None = None
    answering: str = ""
    open_fields: frozenset[str] = frozenset(PATHS)
    hint: Hint | None = None
    notice: str = ""
    decider: str = ""
    decision_hours: int = 48
    protection_days: int = 90
    open_now: str = ""
    open_limit: int = 0
    mandatory: frozenset[str] = SHIPPED

    @property
    def cancel(self) -> str:
        return f"/deals/{self.id}" if self.id else "/deals"

    def locked(self, name: str) -> bool:
        """While an answer is asked for, only what was flagged may change."""
        return name not in self.open_fields

    @property
    def open_paths(self) -> str:
        """What a change may name, for the form to carry along."""
        return ",".join(path for path in PATHS if path in self.open_fields)


def fields() -> Form:
    """The empty form, in the reader's words."""
    return form(
        Field("customer.name", _("Legal name")),
        Field("customer.domain", _("Website")),
        Field("customer.country", _("Country"), options=tuple(countries())),
        Field("customer.town", _("Town")),
        Field("customer.tax_id", _("VAT number")),
        Field("customer.contact_email", _("Contact’s work e-mail")),
        Field("product_families", _("Product families")),
        Field("value", _("Expected value, before tax")),
        Field(
            "currency",
            _("Currency"),
            "EUR",
            options=tuple((code, code) for code in CURRENCIES),
        ),
        Field("expected_close", _("Expected close")),
        Field("margin_percent", _("Expected margin in percent")),
        Field("evidence_note", _("Evidence")),
    )


def from_deal(deal: Registration) -> Form:
    """The form with what a draft holds."""
    customer = deal.customer
    values = {f"customer.{name}": str(getattr(customer, name)) for name in TEXTS}
    values["evidence_note"] = deal.evidence_note
    if deal.value.currency_code:
        values |= {
            "value": formats.number(formats.amount(deal.value)),
            "currency": deal.value.currency_code,
        }
    if close := formats.day_of(deal.expected_close):
        values["expected_close"] = close.isoformat()
    if deal.margin_percent:
        values["margin_percent"] = formats.number(deal.margin_percent)
    filled = fields().filled(values, {"product_families": list(deal.product_families)})
    return Form(filled.fields, etag=deal.etag)


def read(values: Mapping[str, str], families: Iterable[str]) -> tuple[Registration, dict[str, str]]:
    """What was typed as a message, and the errors of what could not be read as number or date."""
    errors: dict[str, str] = {}
    deal = Registration(
        customer=Customer(**{name: values.get(f"customer.{name}", "").strip() for name in TEXTS}),
        product_families=list(dict.fromkeys(families)),
        evidence_note=values.get("evidence_note", "").replace("\r\n", "\n").strip(),
    )
    deal.customer.domain = _host(deal.customer.domain)
    for name, reading in (
        ("value", _value),
        ("expected_close", _close),
        ("margin_percent", _margin),
    ):
        if values.get(name, "").strip() and not reading(deal, values):
            errors[name] = wrong(name)
    return deal, errors


def _host(text: str) -> str:
    return text.rsplit("://", maxsplit=1)[-1].split("/", maxsplit=1)[0].removeprefix("www.").lower()


def _value(deal: Registration, values: Mapping[str, str]) -> bool:
    amount = _number(values["value"])
    currency = values.get("currency", "")
    if amount is None or amount < 0 or currency not in CURRENCIES:
        return False
    units = int(amount)
    deal.value.CopyFrom(
        Money(
            currency_code=currency,
            units=units,
            nanos=int((amount - units) * formats.NANOS),
        )
    )
    return True


def _close(deal: Registration, values: Mapping[str, str]) -> bool:
    try:
        close = date.fromisoformat(values["expected_close"].strip())
    except ValueError:
        return False
    deal.expected_close.CopyFrom(Date(year=close.year, month=close.month, day=close.day))
    return True


def _margin(deal: Registration, values: Mapping[str, str]) -> bool:
    margin = _number(values["margin_percent"].replace("%", ""))
    if margin is None or not 0 <= margin <= 100:
        return False
    deal.margin_percent = float(margin)
    return True


def _number(text: str) -> Decimal | None:
    """A number as the reader's locale writes it, or plainly."""
    plain = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    try:
        found = Decimal(parse_decimal(plain, locale=reader().locale, strict=True))
    except (NumberFormatError, InvalidOperation):
        try:
            found = Decimal(plain)
        except InvalidOperation:
            return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 12 else None


def missing(deal: Registration, known: Catalogue) -> dict[str, str]:
    """What a submission still needs, each with what to do; the service checks the same and more."""
    there = {
        **{f"customer.{name}": bool(getattr(deal.customer, name)) for name in TEXTS},
        "product_families": bool(deal.product_families),
        "value": bool(deal.value.currency_code) and (deal.value.units > 0 or deal.value.nanos > 0),
        "expected_close": deal.HasField("expected_close"),
        "margin_percent": deal.margin_percent > 0,
        "evidence_note": len(deal.evidence_note) >= known.whole("registration.evidence_characters", LEAST_EVIDENCE),
    }
    return {name: wrong(name) for name, is_there in there.items() if name in known.mandatory and not is_there}


def wrong(name: str) -> str:
    """What to change in a field, with a good example. The same words at the field and in the summary."""
    words = {
        "customer.name": _("Enter the customer’s legal name, for example Nordkai Kühlhaus GmbH"),
        "customer.domain": _("Enter the customer’s website, for example nordkai.example"),
        "customer.country": _("Choose the country the customer is registered in"),
        "customer.town": _("Enter the town in 120 characters or less"),
        "customer.tax_id": _("Enter the VAT number with its country code, for example DE 812 345 678"),
        "customer.contact_email": _("Enter one work e-mail address, for example k.meier@nordkai.example"),
        "product_families": _("Choose one product family or more"),
        "value": _(
            "Enter the value as a number above zero, for example %(example)s",
            example=formats.number(186000),
        ),
        "currency": _("Choose a currency"),
        "expected_close": _("Choose the day you expect to close, today or later"),
        "margin_percent": _("Enter the margin as a number from 0 to 100, for example 18"),
        "evidence_note": _("Say what you did with the customer: a visit, a call, a request, in a sentence or two"),
    }
    return words.get(name, "")


def place(path: str) -> str:
    """The form field a service's violation belongs to: `registration.customer.tax_id` → `customer.tax_id`."""
    plain = path.removeprefix("registration.").split("[")[0]
    if plain.startswith("value"):
        return "value"
    return plain.split(".", 1)[0] if not plain.startswith("customer.") else plain
