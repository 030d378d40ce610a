"""A report as its reader may see it: who else registered a customer is told only to those who may see that registration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis.store.reading import Reading
from services.deals.matching.compare import Class
from services.deals.programme.queries import programme_at
from services.deals.registrations.checking import REGISTRATION, Asked, Check, as_row, check, stored
from services.deals.registrations.model import Registration
from services.deals.registrations.table import REGISTRATIONS
from services.deals.reserved_accounts.table import RESERVED_ACCOUNTS

VENDOR = "vendor"


@dataclass(frozen=True)
class Shown:
    """A match. Where it is redacted only what it says about one's own registration is left."""

    conflict: Class
    score: int
    kind: str
    evidence: tuple[Mapping[str, str], ...]
    id: str = ""
    number: str = ""
    organization_id: str = ""
    submit_time: datetime | None = None
    protected_until: datetime | None = None
    redacted: bool = False


@dataclass(frozen=True)
class ShownReport:
    """A report for one reader. `conflict` is None while no check has run."""

    registration_id: str
    checked_at: datetime | None
    conflict: Class | None
    checks: tuple[Check, ...]
    matches: tuple[Shown, ...]


def preview(reading: Reading, registration_id: str, asked: Asked) -> ShownReport:
    """What a registration like this would meet now."""
    report = check(reading.connection, asked, programme_at(reading.connection, reading.now), reading.now)
    return _shown(reading, registration_id, report.checked_at, report.conflict, report.checks, [as_row(match) for match in report.matches])


def binding_report(reading: Reading, id: str) -> ShownReport:
    """The report of the last submission. Raises NotFound where the caller may not see the registration."""
    registration: Registration = reading.get(REGISTRATIONS, id)
    row = stored(reading.connection, registration.id)
    if row is None:
        return ShownReport(registration.id, None, None, (), ())
    checks = tuple(Check(**item) for item in row["checks"])
    return _shown(reading, registration.id, row["checked_at"], Class(row["conflict"]), checks, row["matches"])


def _shown(
    reading: Reading, id: str, at: datetime, conflict: Class, checks: tuple[Check, ...], matches: list[dict[str, Any]]
) -> ShownReport:
    rows = _others(reading, matches)
    return ShownReport(id, at, conflict, checks, tuple(_match(reading, item, rows.get(item["id"])) for item in matches))


def _others(reading: Reading, matches: list[dict[str, Any]]) -> dict[str, sa.RowMapping]:
    """The other sides as they are now; what the reader may see is decided on them."""
    found: dict[str, sa.RowMapping] = {}
    for mapping in (REGISTRATIONS, RESERVED_ACCOUNTS):
        ids = [item["id"] for item in matches if (item["kind"] == REGISTRATION) == (mapping is REGISTRATIONS)]
        if ids:
            rows = reading.connection.execute(mapping.select_some, {"ids": ids}).mappings()
            found.update({row["id"]: row for row in rows})
    return found


def _match(reading: Reading, item: dict[str, Any], row: sa.RowMapping | None) -> Shown:
    """Partners learn of others only that there is something; whoever decides for the vendor sees both sides."""
    about = {"conflict": Class(item["conflict"]), "score": item["score"], "kind": item["kind"]}
    mapping = REGISTRATIONS if item["kind"] == REGISTRATION else RESERVED_ACCOUNTS
    seen = row is not None and reading.sees(mapping, row)
    if row is None or not (seen or reading.subject.kind == VENDOR):
        return Shown(**about, evidence=tuple({**part, "theirs": ""} for part in item["evidence"]), redacted=True)
    about |= {"evidence": tuple(item["evidence"]), "id": row["id"] if seen else ""}
    if item["kind"] != REGISTRATION:
        return Shown(**about)
    return Shown(
        **about,
        number=row["number"],
        organization_id=row["org_id"],
        submit_time=row["submit_time"],
        protected_until=row["protected_until"] if row["status"] == "approved" else None,
    )
