"""What the conflict check said: as a hint while typing, as evidence side by side for who decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from google.type.money_pb2 import Money
from prm.deals.v1.registrations_pb2 import (
    ConflictReport,
    Match,
)

from gateway.portal import formats
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.evidence import HARD, POSSIBLE, PROBABLE, Found, match
from gateway.portal.words import _, ngettext
from gateway.views.names import Names


@dataclass(frozen=True, slots=True)
class Check:
    """One of the five checks, in words. `tone` is ok, bad or plain (not connected)."""

    icon: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Hint:
    """The check as the partner sees it while typing, or on the deal's page."""

    tone: str
    title: str
    text: str
    checks: list[Check]
    found: list[Found]
    checked: datetime | None = None

    @property
    def clear(self) -> list[Check]:
        return [check for check in self.checks if check.tone == "ok"]

    @property
    def unclear(self) -> list[Check]:
        return [check for check in self.checks if check.tone != "ok"]

    @property
    def icon(self) -> str:
        return "check" if self.tone == "ok" else "warning"


def hint(report: ConflictReport, names: Names, catalogue: Catalogue) -> Hint:
    """A report in words."""
    found = [match(one, names, catalogue) for one in report.matches]
    title, text = _title(report)
    tone = {HARD: "bad", PROBABLE: "soon", POSSIBLE: "plain"}.get(report.conflict, "ok")
    if tone == "ok" and any(check.result == ConflictReport.FOUND for check in report.checks):
        tone, title, text = (
            "soon",
            _("One check found something"),
            _("You can submit; a person decides."),
        )
    return Hint(
        tone,
        title,
        text,
        [check(one) for one in report.checks],
        found,
        formats.moment(report.check_time),
    )


def _title(report: ConflictReport) -> tuple[str, str]:
    best = report.matches[0] if report.matches else Match()
    share = formats.percent(best.score)
    if report.conflict == HARD:
        return _("The same customer is registered already"), _(
            "You can submit; a person decides, and protection needs the other one to end."
        )
    if report.conflict == PROBABLE:
        return _("A similar registration exists"), _("Name %(share)s alike. You can submit; a person compares.", share=share)
    if report.conflict == POSSIBLE:
        count = len(report.matches)
        return ngettext(
            "%(count)s similar name, likely another company",
            "%(count)s similar names, likely other companies",
            count,
        ), _("Name %(share)s alike. This is a note, not an obstacle.", share=share)
    return _("No other registration found"), ""


def check(one: ConflictReport.Check) -> Check:
    """One check in words; what is not connected says so."""
    clear, found, away = _check_words(one.check)
    if one.result == ConflictReport.NOT_CONNECTED:
        return Check("off", "plain", away)
    detail = f" ({_least(one.detail)})" if one.detail and one.check == "minimum_size" else ""
    if one.result == ConflictReport.CLEAR:
        return Check("check", "ok", clear + detail)
    return Check("warning", "bad", found + detail)


def _least(detail: str) -> str:
    """`EUR 5000` as the reader writes money."""
    currency, _space, amount = detail.partition(" ")
    return formats.money(Money(currency_code=currency, units=int(amount))) if amount.isdecimal() else detail


def _check_words(name: str) -> tuple[str, str, str]:
    """Clear, found, not connected."""
    away = _("not connected")
    words = {
        "direct_opportunity": (
            _("No direct sale by the vendor"),
            _("The vendor sells there directly"),
            _("Direct sales: not connected"),
        ),
        "direct_outreach": (
            _("No direct contact by the vendor"),
            _("The vendor was in contact lately"),
            _("Direct contact: not connected"),
        ),
        "reserved_account": (
            _("Not a reserved account"),
            _("A reserved account matches"),
            _("Reserved accounts: not connected"),
        ),
        "other_registration": (
            _("No other live registration"),
            _("Another live registration matches"),
            _("Other registrations: not connected"),
        ),
        "minimum_size": (
            _("Above the minimum value"),
            _("Below the minimum value"),
            _("Minimum value: not connected"),
        ),
    }
    return words.get(name, (name, name, f"{name}: {away}"))
