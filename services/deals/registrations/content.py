"""What a partner writes into a registration: its fields by path, how a request carries them, and what they must look like."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from prm.deals.v1 import registrations_pb2 as pb

from chassis import money
from chassis.errors import FieldViolation, InvalidArgument
from chassis.times import from_date
from services.deals.matching.domains import host_of
from services.deals.matching.places import is_country
from services.deals.matching.profile import Party
from services.deals.registrations.checking import Asked
from services.deals.registrations.model import Registration

PREFIX = "registration"
EVIDENCE = "evidence_note"


def _line(text: str) -> str:
    return " ".join(text.split())


def _customer(name: str) -> Callable[[pb.Registration, str], Any]:
    def read(message: pb.Registration, path: str) -> str:
        return _line(getattr(message.customer, name))

    return read


def _name(message: pb.Registration, path: str) -> str:
    name = _line(message.customer.name)
    if not name:
        raise InvalidArgument.field(path, "Enter the customer's legal name", "MISSING")
    return name


def _domain(message: pb.Registration, path: str) -> str:
    text = message.customer.domain.strip()
    if text and not host_of(text):
        raise InvalidArgument.field(path, "Enter a web site or its domain, for example nordkai.example")
    return host_of(text)


def _country(message: pb.Registration, path: str) -> str:
    if message.customer.country and not is_country(message.customer.country):
        raise InvalidArgument.field(path, "Use an ISO 3166-1 country code, for example DE")
    return message.customer.country


def _value(message: pb.Registration, path: str) -> money.Money | None:
    if not message.HasField("value"):
        return None
    value = money.from_proto(message.value, path)
    if value.minor < 0:
        raise InvalidArgument.field(path, "Enter an amount that is not below zero")
    return value


def _margin(message: pb.Registration, path: str) -> float:
    if not math.isfinite(message.margin_percent):
        raise InvalidArgument.field(path, "Enter a number from 0 to 100")
    return round(message.margin_percent, 2)


def _note(message: pb.Registration, path: str) -> str:
    return message.evidence_note.replace("\r\n", "\n").strip()


@dataclass(frozen=True)
class Field:
    """A field: the attribute that holds it, and how it is read from a request. Reading raises InvalidArgument."""

    attribute: str
    read: Callable[[pb.Registration, str], Any]


FIELDS = MappingProxyType(
    {
        "customer.name": Field("customer_name", _name),
        "customer.domain": Field("customer_domain", _domain),
        "customer.country": Field("customer_country", _country),
        "customer.town": Field("customer_town", _customer("town")),
        "customer.tax_id": Field("customer_tax_id", _customer("tax_id")),
        "customer.contact_email": Field("customer_contact_email", _customer("contact_email")),
        "product_families": Field("product_families", lambda message, _: list(message.product_families)),
        "value": Field("value", _value),
        "expected_close": Field(
            "expected_close", lambda message, path: from_date(message.expected_close, path) if message.HasField("expected_close") else None
        ),
        EVIDENCE: Field("evidence_note", _note),
        "margin_percent": Field("margin_percent", _margin),
    }
)
WHOLE = MappingProxyType({"customer": tuple(path for path in FIELDS if path.startswith("customer."))})


def written(message: pb.Registration, paths: Iterable[str], families: frozenset[str]) -> dict[str, Any]:
    """attribute → value of these fields. Raises InvalidArgument naming every field that is wrong."""
    values: dict[str, Any] = {}
    wrong: list[FieldViolation] = []
    for path in paths:
        field = FIELDS[path]
        try:
            values[field.attribute] = field.read(message, f"{PREFIX}.{path}")
        except InvalidArgument as error:
            wrong += error.fields
    for place, code in enumerate(values.get("product_families", ())):
        if code not in families:
            wrong.append(FieldViolation(f"{PREFIX}.product_families[{place}]", "is no product family of the programme", "UNKNOWN_CODE"))
    if wrong:
        raise InvalidArgument("; ".join(f"{item.field}: {item.text}" for item in wrong[:3]), fields=wrong)
    return values


def set_paths(message: pb.Registration) -> list[str]:
    """The fields that a message sets."""
    here = {field.name for field, _ in message.ListFields()}
    customer = {f"customer.{field.name}" for field, _ in message.customer.ListFields()}
    return [path for path in FIELDS if path in here or path in customer]


def masked_paths(paths: Sequence[str], field: str) -> list[str]:
    """The fields that a mask, or a list of fields to open, names. Raises InvalidArgument for a path that cannot be written."""
    found: dict[str, None] = {}
    for place, path in enumerate(paths):
        named = WHOLE.get(path) or ((path,) if path in FIELDS else ())
        if not named:
            raise InvalidArgument.field(f"{field}[{place}]", f"use one of {', '.join(FIELDS)}", "UNKNOWN_FIELD")
        found.update(dict.fromkeys(named))
    return list(found)


def changed(registration: Registration, values: dict[str, Any]) -> dict[str, Any]:
    """What of it differs from what is there."""
    return {name: value for name, value in values.items() if _comparable(getattr(registration, name)) != _comparable(value)}


def paths_of(attributes: Iterable[str]) -> list[str]:
    """The paths of attributes, in the order of the form."""
    wanted = set(attributes)
    return [path for path, field in FIELDS.items() if field.attribute in wanted]


def _comparable(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else value


def asked_about(message: pb.Registration) -> Asked:
    """What a preview compares: whatever is written so far and can be read."""
    paths = [path for path in set_paths(message) if path != "margin_percent"]
    values = written(message, paths, frozenset(message.product_families))
    party = Party(
        name=values.get("customer_name", ""),
        domain=values.get("customer_domain", ""),
        country=values.get("customer_country", ""),
        town=values.get("customer_town", ""),
        tax_id=values.get("customer_tax_id", ""),
        contact_email=values.get("customer_contact_email", ""),
        families=frozenset(message.product_families),
    )
    return Asked(message.id, party, values.get("value"))
