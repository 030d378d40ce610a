"""The deals page: tabs, filters, rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from prm.deals.v1.registrations_pb2 import Registration

from gateway.portal import formats
from gateway.portal.models import Away, Tab
from gateway.portal.present.rows import Row
from gateway.portal.words import _, ngettext, reader

Status = Registration.Status

# The key in the address, the status it shows. One status each: a filter joins conditions by AND only.
VIEWS: dict[str, str] = {
    "": "",
    "answer": "ACTION_REQUIRED",
    "drafts": "DRAFT",
    "review": "IN_REVIEW",
    "protected": "APPROVED",
    "rejected": "REJECTED",
    "withdrawn": "WITHDRAWN",
    "expired": "EXPIRED",
}
ORDERS = {"new": "create_time desc", "due": "clock_due_time", "ends": "protected_until"}


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for; unknown values fall back to none."""

    view: str = ""
    q: str = ""
    country: str = ""
    partner: str = ""
    order: str = "new"
    token: str = ""

    @property
    def filter(self) -> str:
        """As ListRegistrations takes it."""
        wanted = {
            "status": VIEWS[self.view],
            "country": self.country,
            "organization_id": self.partner,
        }
        return " AND ".join(f'{name} = "{value}"' for name, value in wanted.items() if value)

    def path(self, **changes: str) -> str:
        """The address of this query with changes; defaults are left out."""
        values = {
            "view": self.view,
            "q": self.q,
            "country": self.country,
            "partner": self.partner,
            "order": self.order,
            **changes,
        }
        kept = {name: value for name, value in values.items() if value and (name, value) != ("order", "new")}
        return f"/deals?{urlencode(kept)}" if kept else "/deals"


def query(values: Mapping[str, str]) -> Query:
    """The query in an address. Quotes and backslashes cannot reach the filter: only plain codes and ids do."""
    view, order = values.get("view", ""), values.get("order", "new")
    return Query(
        view=view if view in VIEWS else "",
        q=values.get("q", "").strip()[:200],
        country=_plain(values.get("country", "").upper(), 2),
        partner=_plain(values.get("partner", ""), 64),
        order=order if order in ORDERS else "new",
        token=values.get("page_token", "")[:400],
    )


def _plain(value: str, longest: int) -> str:
    return value if len(value) <= longest and value.replace("_", "").isalnum() and value.isascii() else ""


@dataclass(frozen=True, slots=True)
class DealsPage:
    """Everything the page draws."""

    title: str
    tabs: Sequence[Tab]
    rows: Sequence[Row]
    view: str = ""
    q: str = ""
    country: str = ""
    partner: str = ""
    order: str = "new"
    countries: Sequence[tuple[str, str]] = ()
    partners: Sequence[tuple[str, str]] = ()
    show_partner: bool = False
    may_register: bool = False
    next: str = ""
    clear: str = "/deals"
    first_text: str = ""
    away: Away | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.view or self.q or self.country or self.partner)

    @property
    def orders(self) -> list[tuple[str, str]]:
        return [
            ("new", _("newest first")),
            ("due", _("next deadline")),
            ("ends", _("end of protection")),
        ]


def tabs(asked: Query, counts: Mapping[str, str], *, at_vendor: bool) -> list[Tab]:
    """The saved views, with counts where they were asked for."""
    names = {
        "": _("All"),
        "answer": _("With the partner") if at_vendor else _("Your answer"),
        "drafts": _("Drafts"),
        "review": _("In review"),
        "protected": _("Protected"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
        "expired": _("Expired"),
    }
    shown = [key for key in VIEWS if not (at_vendor and key == "drafts")]
    return [Tab(names[key], asked.path(view=key), counts.get(key, ""), key == asked.view) for key in shown]


def title(answers: int, *, at_vendor: bool) -> str:
    """The heading says what matters; without anything that needs the person it names the page."""
    if answers and not at_vendor:
        return ngettext(
            "%(count)s deal needs your answer",
            "%(count)s deals need your answer",
            answers,
        )
    return _("Deals")


def countries(*first: str) -> list[tuple[str, str]]:
    """Every country by its name in the reader's language, those asked for on top."""
    territories = {str(code): str(name) for code, name in reader().locale.territories.items()}
    named = [(code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY]
    return [(code, territories[code]) for code in first if code] + sorted(named, key=lambda pair: pair[1])


NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


def first_text(days: int) -> str:
    """What a partner without deals is told."""
    return ngettext(
        "Register a customer before you quote. If it is approved, the deal is yours for %(count)s day.",
        "Register a customer before you quote. If it is approved, the deal is yours for %(count)s days.",
        days,
    )


def count_text(count: int, more: bool) -> str:
    """A tab's count; none at zero."""
    return formats.capped(count, more) if count else ""
