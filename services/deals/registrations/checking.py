"""The conflict check: five questions, and the live registrations and reserved accounts that may be the same customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.money import Money
from services.deals.matching import keys
from services.deals.matching.compare import Class, Comparison, Limits, compare
from services.deals.matching.profile import Party, Profile, profile_of
from services.deals.programme.definitions import Programme
from services.deals.registrations.model import party_of
from services.deals.registrations.states import Status
from services.deals.registrations.table import REGISTRATIONS, registrations, reports
from services.deals.reserved_accounts.table import RESERVED_ACCOUNTS

REGISTRATION, RESERVED = "registration", "reserved_account"
MOST = 20
CLEAR, FOUND, NOT_CONNECTED = "clear", "found", "not_connected"
# What is compared and what is told of it: reading all forty columns took a third of a check.
_COMPARED = (
    "customer_name",
    "customer_domain",
    "customer_country",
    "customer_town",
    "customer_tax_id",
    "customer_contact_email",
    "product_families",
)
_TOLD = ("id", "number", "org_id", "status", "submit_time", "protected_until")
_REGISTRATIONS = REGISTRATIONS.select_some.with_only_columns(*(registrations.c[name] for name in (*_TOLD, *_COMPARED)))
_REPORT = sa.select(reports).where(reports.c.registration_id == sa.bindparam("id"))


@dataclass(frozen=True)
class Other:
    """What a match is about, as it was when it was found."""

    kind: str
    id: str
    number: str = ""
    organization_id: str = ""
    submit_time: datetime | None = None
    protected_until: datetime | None = None
    holds_protection: bool = False


@dataclass(frozen=True)
class Match:
    """Something else that may be the same customer, and the evidence."""

    other: Other
    comparison: Comparison


@dataclass(frozen=True)
class Check:
    """One of the five questions of domain.md 3.2 and its answer. `detail` is the number it was held against."""

    check: str
    result: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """What the check found. Matches come strongest first, 20 at most."""

    checked_at: datetime
    checks: tuple[Check, ...]
    matches: tuple[Match, ...]

    @property
    def conflict(self) -> Class:
        """The strongest class."""
        return max((match.comparison.conflict for match in self.matches), default=Class.NONE)

    @property
    def score(self) -> int:
        """The likeness of the strongest match in percent; 0 when nothing matched."""
        return self.matches[0].comparison.score if self.matches else 0


@dataclass(frozen=True)
class Asked:
    """What is checked. `id` is left out of what is found."""

    id: str
    party: Party
    value: Money | None


def check(connection: sa.Connection, asked: Asked, programme: Programme, now: datetime) -> Report:
    """Ask all five questions now."""
    matches = find(connection, asked, limits_of(programme))
    kinds = {match.other.kind for match in matches}
    checks = (
        Check("direct_opportunity", NOT_CONNECTED),
        Check("direct_outreach", NOT_CONNECTED),
        Check("reserved_account", FOUND if RESERVED in kinds else CLEAR),
        Check("other_registration", FOUND if REGISTRATION in kinds else CLEAR),
        _minimum(asked.value, programme),
    )
    return Report(now, checks, tuple(matches[:MOST]))


def limits_of(programme: Programme) -> Limits:
    """The programme's limits of likeness; probable is never below possible."""
    return Limits(max(programme.probable_percent, programme.possible_percent), programme.possible_percent)


def find(connection: sa.Connection, asked: Asked, limits: Limits) -> list[Match]:
    """Everything live that may be the same customer, strongest first; of equals the one sent first."""
    profile = profile_of(asked.party)
    found = keys.candidates(connection, profile) - {(REGISTRATION, asked.id)}
    others = [*_registrations(connection, found), *_reserved(connection, found)]
    matches = [Match(other, compare(profile, theirs, limits)) for other, theirs in others]
    return sorted((match for match in matches if match.comparison.conflict > Class.NONE), key=_strength)


def _strength(match: Match) -> tuple[int, int, bool, float, str]:
    sent = match.other.submit_time
    return (
        -match.comparison.conflict,
        -match.comparison.score,
        not match.other.holds_protection,
        sent.timestamp() if sent else 0.0,
        match.other.id,
    )


def _ids(found: set[tuple[str, str]], kind: str) -> list[str]:
    return sorted(item for of_kind, item in found if of_kind == kind)


def _registrations(connection: sa.Connection, found: set[tuple[str, str]]) -> list[tuple[Other, Profile]]:
    ids = _ids(found, REGISTRATION)
    rows = connection.execute(_REGISTRATIONS, {"ids": ids}) if ids else ()
    return [(_other(row), profile_of(party_of(row))) for row in rows]


def _other(row: Any) -> Other:
    protected = row.status == Status.APPROVED.value
    return Other(REGISTRATION, row.id, row.number, row.org_id, row.submit_time, row.protected_until if protected else None, protected)


def _reserved(connection: sa.Connection, found: set[tuple[str, str]]) -> list[tuple[Other, Profile]]:
    ids = _ids(found, RESERVED)
    rows = connection.execute(RESERVED_ACCOUNTS.select_some, {"ids": ids}).mappings() if ids else ()
    return [(Other(RESERVED, item.id), profile_of(item.party)) for item in map(RESERVED_ACCOUNTS.from_row, rows)]


def _minimum(value: Money | None, programme: Programme) -> Check:
    if value is None or value.currency not in programme.minimum_value:
        return Check("minimum_size", CLEAR)
    least = programme.minimum_value[value.currency]
    return Check("minimum_size", FOUND if value.amount < least else CLEAR, f"{value.currency} {least}")


def keep(connection: sa.Connection, registration_id: str, report: Report) -> None:
    """Store the binding report; it replaces that of an earlier submission."""
    row = {
        "registration_id": registration_id,
        "checked_at": report.checked_at,
        "conflict": int(report.conflict),
        "checks": [dict(vars(item)) for item in report.checks],
        "matches": [as_row(match) for match in report.matches],
    }
    statement = insert(reports).values(**row)
    connection.execute(statement.on_conflict_do_update(index_elements=["registration_id"], set_=row))


def as_row(match: Match) -> dict[str, Any]:
    """What is kept of a match; whom it is about is looked up when it is read, by whoever may see that."""
    return {
        "kind": match.other.kind,
        "id": match.other.id,
        "conflict": int(match.comparison.conflict),
        "score": match.comparison.score,
        "evidence": [dict(vars(item)) for item in match.comparison.evidence],
    }


def stored(connection: sa.Connection, registration_id: str) -> sa.RowMapping | None:
    """The binding report, or None while there is none."""
    return connection.execute(_REPORT, {"id": registration_id}).mappings().one_or_none()


def protected_hard(matches: Sequence[Match], now: datetime) -> list[Match]:
    """Those that keep another one from being protected."""
    return [
        match
        for match in matches
        if match.comparison.conflict is Class.HARD
        and match.other.holds_protection
        and match.other.protected_until is not None
        and match.other.protected_until >= now
    ]
