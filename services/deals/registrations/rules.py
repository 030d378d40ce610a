"""What a registration must have before it is sent, what may be changed when, and whether it is still the same deal. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.errors import FieldViolation
from chassis.money import Money
from services.deals.matching import tax_ids
from services.deals.matching.compare import Limits
from services.deals.matching.domains import registrable
from services.deals.matching.names import likeness
from services.deals.matching.profile import Party, profile_of
from services.deals.matching.tax_ids import Verdict
from services.deals.programme.definitions import Programme
from services.deals.registrations.content import EVIDENCE, FIELDS, PREFIX
from services.deals.registrations.model import Registration
from services.deals.registrations.states import ReadOnly, Status

LATEST_ZONE = timedelta(hours=12)  # while it is still the day before somewhere on earth, that day has not passed
MISSING_TEXT = {
    "customer.name": "Enter the customer's legal name",
    "customer.domain": "Enter the customer's web site, for example nordkai.example",
    "customer.country": "Choose the country the customer is registered in",
    "customer.town": "Enter the customer's town",
    "customer.tax_id": "Enter the customer's VAT or other tax number",
    "customer.contact_email": "Enter the work e-mail of a contact",
    "product_families": "Choose one product family or more",
    "value": "Enter the expected value",
    "expected_close": "Enter the day you expect to close",
    "margin_percent": "Enter your expected margin in percent",
}


def violations(registration: Registration, programme: Programme, now: datetime) -> list[FieldViolation]:
    """Everything that keeps it from being submitted: what is missing, and what cannot be right."""
    found = [_missing(path) for path in programme.mandatory_fields if not _has(registration, path)]
    if len(registration.evidence_note) < programme.evidence_characters:
        text = f"Say what you did with the customer, in {programme.evidence_characters} characters or more"
        found.append(FieldViolation(f"{PREFIX}.{EVIDENCE}", text, "TOO_SHORT" if registration.evidence_note else "MISSING"))
    if registration.expected_close is not None and registration.expected_close < (now - LATEST_ZONE).date():
        found.append(FieldViolation(f"{PREFIX}.expected_close", "Choose the day you expect to close, today or later", "IN_THE_PAST"))
    gone = [code for code in registration.product_families if code not in programme.family_codes]
    if gone:
        text = f"{', '.join(gone)} is no product family of the programme any more"
        found.append(FieldViolation(f"{PREFIX}.product_families", text, "UNKNOWN_CODE"))
    return [*found, *_tax_id_problem(registration)]


def _missing(path: str) -> FieldViolation:
    return FieldViolation(f"{PREFIX}.{path}", MISSING_TEXT[path], "MISSING")


def _has(registration: Registration, path: str) -> bool:
    value = getattr(registration, FIELDS[path].attribute)
    return value.minor > 0 if isinstance(value, Money) else bool(value)


def _tax_id_problem(registration: Registration) -> list[FieldViolation]:
    """A number that cannot be one is told; a wrong check digit is not, as registers have exceptions, but it is not compared."""
    path, country = f"{PREFIX}.customer.tax_id", registration.customer_country
    verdict, _ = tax_ids.read(registration.customer_tax_id, country)
    if verdict is Verdict.PLACEHOLDER:
        return [FieldViolation(path, "This stands for no number; leave it empty if you do not know it", "PLACEHOLDER")]
    if verdict is Verdict.WRONG_FORMAT:
        example = tax_ids.example(country)
        text = "Enter the tax number as it is written in its country" + (f", for example {example}" if example else "")
        return [FieldViolation(path, text, "WRONG_FORMAT")]
    return []


def require_open(registration: Registration, paths: Sequence[str]) -> None:
    """Raises ReadOnly where content cannot be changed now: in a draft all can, while action is required what was asked for."""
    if registration.status is Status.DRAFT:
        return
    allowed = {*registration.requested_fields, EVIDENCE} if registration.status is Status.ACTION_REQUIRED else set()
    closed = [path for path in paths if path not in allowed]
    if registration.status is not Status.ACTION_REQUIRED or closed:
        text = f"{', '.join(closed)} cannot be changed now" if allowed else f"It is {registration.status.value} and read-only"
        raise ReadOnly(text, metadata={"status": registration.status.value, "fields": ",".join(closed)})


def content_of(registration: Registration) -> dict[str, Any]:
    """What decides whether it is the same deal, as it is kept with each submission."""
    party = registration.party
    return {
        "name": party.name,
        "domain": party.domain,
        "country": party.country,
        "town": party.town,
        "tax_id": party.tax_id,
        "families": sorted(party.families),
    }


def same_deal(before: Mapping[str, Any], registration: Registration, limits: Limits) -> bool:
    """Whether customer and products are those that priority was given for (DR-06).

    Filling in what was empty and writing the same name better keeps it; another name, domain, country or tax number, or a
    product family more, does not.
    """
    was = Party(name=before["name"], town=before["town"])
    now = registration.party
    names = likeness(profile_of(was).forms, profile_of(Party(name=now.name, town=now.town)).forms)
    if names.score * 100 < limits.probable or names.against:
        return False
    pairs = (
        (registrable(before["domain"]), registrable(now.domain)),
        (before["country"], now.country),
        (_number(before["tax_id"], before["country"]), _number(now.tax_id, now.country)),
    )
    return all(not old or old == new for old, new in pairs) and now.families <= set(before["families"])


def _number(text: str, country: str) -> str:
    """The number as it is compared; one that is none may be corrected freely."""
    _, found = tax_ids.read(text, country)
    return found.key if found else ""
