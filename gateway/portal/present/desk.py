"""The desk: what a channel manager has to decide, in the order in which it runs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from prm.deals.v1.registrations_pb2 import Registration

from gateway.portal import clocks, formats
from gateway.portal.models import Away, Tab
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.deal import DealPage
from gateway.portal.present.decision import Decision
from gateway.portal.present.rows import Row, row
from gateway.portal.words import _, ngettext, reader
from gateway.views.names import Names

Status = Registration.Status
AT_LEAST_PROBABLE = 'conflict >= "PROBABLE"'
VIEWS = ("", "conflicts", "team")


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for."""

    view: str = ""
    partner: str = ""
    country: str = ""
    open: str = ""

    def path(self, **changes: str) -> str:
        values = {"view": self.view, "partner": self.partner, "country": self.country, "open": self.open, **changes}
        kept = {name: value for name, value in values.items() if value}
        return f"/desk?{urlencode(kept)}" if kept else "/desk"

    def filter(self, status: str, me: str) -> str:
        """As ListRegistrations takes it: mine, or everybody's in the view of the team."""
        wanted = {
            "status": status,
            "decider_id": "" if self.view == "team" else me,
            "organization_id": self.partner,
            "country": self.country,
        }
        parts = [f'{name} = "{value}"' for name, value in wanted.items() if value]
        return " AND ".join([*parts, AT_LEAST_PROBABLE] if self.view == "conflicts" else parts)


def query(values: Mapping[str, str]) -> Query:
    """The query in an address; what is not a plain code or id is dropped."""
    view = values.get("view", "")
    plain = {name: _plain(values.get(name, "")) for name in ("partner", "country", "open")}
    return Query(view if view in VIEWS else "", plain["partner"], plain["country"].upper()[:2], plain["open"])


def _plain(value: str) -> str:
    return value if len(value) <= 64 and value.isascii() and value.replace("_", "").isalnum() else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that run out at about the same time. The first of them, late, is told apart by its colour too."""

    name: str
    rows: Sequence[Row]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of a bulk decision."""

    icon: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The queue, the panel beside it, and what a bulk decision did."""

    title: str
    updated: str
    tabs: Sequence[Tab]
    groups: Sequence[Group]
    asked: Query
    partners: Sequence[tuple[str, str]] = ()
    countries: Sequence[tuple[str, str]] = ()
    panel: DealPage | None = None
    previous: str = ""
    next: str = ""
    outcomes: Mapping[str, Outcome] | None = None
    summary: str = ""
    bulk: Decision | None = None
    picked: Sequence[tuple[str, str]] = ()
    away: Away | None = None
    more: bool = False

    @classmethod
    def bare(cls) -> DeskPage:
        """What a row alone needs of the page around it."""
        return cls("", "", (), (), Query())

    @property
    def back(self) -> str:
        return self.asked.path(open="")

    @property
    def rows(self) -> list[Row]:
        return [one for group in self.groups for one in group.rows]

    @property
    def chosen(self) -> list[Row]:
        """The rows that a bulk decision is about."""
        ids = {one for one, _etag in self.picked}
        return [one for one in self.rows if one.id in ids]


def groups(deals: Sequence[Registration], names: Names, catalogue: Catalogue) -> list[Group]:
    """Late, due today, later, and what waits for the partner. Empty groups are left out."""
    sorted_rows: dict[str, list[Row]] = {"late": [], "today": [], "later": [], "theirs": []}
    for deal in sorted(deals, key=lambda one: one.clock_due_time.seconds):
        made = row(deal, names, catalogue, at_vendor=True)
        sorted_rows[_group(deal)].append(replace(made, clock=clocks.brief(made.clock) if made.clock else None))
    titles = {"late": _("Late"), "today": _("Due today"), "later": _("Later"), "theirs": _("Partner’s clock, yours is paused")}
    return [Group(titles[key], found, "bad" if key == "late" else "") for key, found in sorted_rows.items() if found]


def _group(deal: Registration) -> str:
    due = formats.moment(deal.clock_due_time)
    if deal.status == Status.ACTION_REQUIRED:
        return "theirs"
    if due is None:
        return "later"
    if due < reader().now:
        return "late"
    return "today" if formats.days_from_now(due) == 0 else "later"


def title(found: Sequence[Group]) -> str:
    """The heading says what matters: what is late, what is due today."""
    names = {"late": _("Late"), "today": _("Due today")}
    late = sum(len(group.rows) for group in found if group.name == names["late"])
    today = sum(len(group.rows) for group in found if group.name == names["today"])
    if late and today:
        first = ngettext("%(count)s decision is late", "%(count)s decisions are late", late)
        return ngettext("%(first)s, %(count)s is due today", "%(first)s, %(count)s are due today", today, first=first)
    if late:
        return ngettext("%(count)s decision is late", "%(count)s decisions are late", late)
    if today:
        return ngettext("%(count)s decision left today", "%(count)s decisions left today", today)
    return _("Nothing is due today")


def tabs(asked: Query, counts: Mapping[str, str]) -> list[Tab]:
    """Saved views with counts."""
    names = {"": _("My queue"), "conflicts": _("Conflicts"), "team": _("Team")}
    return [Tab(names[view], asked.path(view=view, open=""), counts.get(view, ""), view == asked.view) for view in VIEWS]


def neighbours(found: Sequence[Group], asked: Query) -> tuple[str, str]:
    """The addresses of the panels before and after the open one; empty at the ends."""
    ids = [one.id for group in found for one in group.rows]
    if asked.open not in ids:
        return "", ""
    at = ids.index(asked.open)
    before = asked.path(open=ids[at - 1]) if at else ""
    after = asked.path(open=ids[at + 1]) if at + 1 < len(ids) else ""
    return before, after


def after(found: Sequence[Group], asked: Query) -> Query:
    """The queue with the next item open, once the open one is decided."""
    ids = [one.id for group in found for one in group.rows]
    at = ids.index(asked.open) if asked.open in ids else -1
    rest = ids[at + 1 :] + ids[: max(at, 0)]
    return replace(asked, open=rest[0] if rest else "")
