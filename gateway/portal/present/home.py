"""The partner's home: what needs her, what waits for the vendor, how her deals stand, and one panel per other service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from google.type.money_pb2 import Money
from prm.content.v1.documents_pb2 import Document
from prm.deals.v1.registrations_pb2 import Registration
from prm.mdf.v1.budgets_pb2 import Budget
from prm.training.v1.courses_pb2 import Course

from gateway.portal import clocks, formats
from gateway.portal.clocks import Clock
from gateway.portal.models import Away
from gateway.portal.present import rows
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.rows import Row
from gateway.portal.words import _, ngettext, reader
from gateway.views.names import Names

Status = Registration.Status
ENDS_SOON = timedelta(days=7)  # from here on the end of a protection is a thing to do, not only a date in a table


@dataclass(frozen=True, slots=True)
class Need:
    """Something the person has to do. The first one carries the page's only solid button."""

    id: str
    clock: Clock
    title: str
    text: str
    path: str
    action: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something the other side has to do."""

    id: str
    clock: Clock | None
    title: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Fund:
    """A budget as a figure, a meter and the same figures in words. Shares are percent of what was allocated."""

    name: str
    free: str
    total: str
    until: str
    paid: str
    claimed: str
    reserved: str
    shares: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything the page draws. A panel is its content, an Away, or None where the person has no such thing."""

    today: str
    title: str
    needs: Sequence[Need]
    waiting: Sequence[Waiting]
    rows: Sequence[Row]
    ending: int = 0
    total: str = ""
    vendor: str = ""
    may_register: bool = False
    first_text: str = ""
    deals_away: Away | None = None
    funds: Sequence[Fund] | None = None
    funds_away: Away | None = None
    courses: Sequence[tuple[str, str]] | None = None
    courses_away: Away | None = None
    news: Sequence[tuple[str, str, str]] | None = None
    news_away: Away | None = None


def title(needs: Sequence[Need]) -> str:
    """The heading says what matters."""
    if not needs:
        return _("Nothing needs you now.")
    many = ngettext("%(count)s thing needs you.", "%(count)s things need you.", len(needs))
    first = needs[0].clock
    if first.face == "late" or first.due is None:
        return _("%(many)s The first is late.", many=many)
    ahead = formats.days_from_now(first.due)
    time = formats.clock_time(first.due)
    if ahead == 0:
        return _("%(many)s The next is due today at %(time)s.", many=many, time=time)
    if ahead == 1:
        return _("%(many)s The next is due tomorrow at %(time)s.", many=many, time=time)
    return _("%(many)s The next is due on %(day)s.", many=many, day=formats.day(first.due, week=True))


def needs(deals: Sequence[Registration], names: Names) -> list[Need]:
    """Questions to answer and protections about to end, the next deadline first."""
    found = [_need(deal, names) for deal in deals]
    known = [one for one in found if one]
    return sorted(known, key=lambda one: one.clock.due or reader().now)


def _need(deal: Registration, names: Names) -> Need | None:
    clock = rows.clock(deal, at_vendor=False)
    if deal.status == Status.ACTION_REQUIRED and clock:
        who, kept = names.person(deal.decided_by), formats.day(formats.moment(deal.submit_time))
        text = _("%(name)s asks: %(question)s Your priority of %(day)s is kept.", name=who, question=_short(deal.decision_text), day=kept)
        return Need(
            deal.id, clock, _("Answer a question on %(customer)s", customer=deal.customer.name), text, f"/deals/{deal.id}/edit", _("Answer")
        )
    protected = rows.protected(deal)
    if protected and protected.due and protected.due - reader().now <= ENDS_SOON:
        clock = clocks.running(protected.due, "protection", yours=True, share=protected.share)
        text = _("%(value)s. After that other partners can register this customer.", value=formats.money(deal.value))
        return Need(
            deal.id, clock, _("Protection of %(customer)s ends", customer=deal.customer.name), text, f"/deals/{deal.id}", _("Open deal")
        )
    return None


def _short(text: str, longest: int = 120) -> str:
    plain = " ".join(text.split())
    cut = plain if len(plain) <= longest else plain[:longest].rsplit(" ", 1)[0] + "…"
    return f"“{cut}”"


def waiting(deals: Sequence[Registration], names: Names) -> list[Waiting]:
    """What the vendor decides, the next decision first."""
    found = []
    for deal in deals:
        who = names.person(deal.decider_id)
        value = formats.money(deal.value)
        text = (
            _("Deal registration, %(value)s. Decided by %(name)s.", value=value, name=who)
            if who
            else _("Deal registration, %(value)s.", value=value)
        )
        found.append(Waiting(deal.id, rows.clock(deal, at_vendor=False), deal.customer.name, text, f"/deals/{deal.id}"))
    return sorted(found, key=lambda one: one.clock.due if one.clock and one.clock.due else reader().now + timedelta(days=999))


def ending(found: Sequence[Row]) -> int:
    """How many of the protections shown end within 30 days."""
    return sum(1 for one in found if one.protected and one.protected.tone)


def deal_rows(
    protected: Sequence[Registration], newest: Sequence[Registration], names: Names, catalogue: Catalogue, most: int = 6
) -> list[Row]:
    """Protections by their end, then the newest others, six at most."""
    seen = {deal.id for deal in protected}
    listed = [*protected, *(deal for deal in newest if deal.id not in seen)][:most]
    return [rows.row(deal, names, catalogue, at_vendor=False) for deal in listed]


def fund(budget: Budget) -> Fund:
    """A budget's figures. `free` is what is neither paid nor claimed nor reserved."""
    total = formats.amount(budget.allocated)
    parts = [formats.amount(part) for part in (budget.paid, budget.claimed, budget.reserved)]
    free = total - sum(parts)
    shares = tuple(round(float(part / total * 100), 1) if total else 0.0 for part in parts)
    currency = budget.allocated.currency_code
    units = int(free)
    left = Money(currency_code=currency, units=units, nanos=int((free - units) * formats.NANOS))
    end = formats.day_of(budget.end_date)
    return Fund(
        name=budget.name,
        free=formats.money(left),
        total=formats.money(budget.allocated),
        until=formats.day(end, year=True),
        paid=_zero(budget.paid, currency),
        claimed=_zero(budget.claimed, currency),
        reserved=_zero(budget.reserved, currency),
        shares=(shares[0], shares[1], shares[2]),
    )


def _zero(money: Money, currency: str) -> str:
    return formats.money(money if money.currency_code else Money(currency_code=currency))


def courses(found: Sequence[Course]) -> list[tuple[str, str]]:
    """Title and length of the courses on offer."""
    return [(one.title, formats.span(one.minutes)) for one in found if one.status == Course.PUBLISHED][:3]


def news(found: Sequence[Document]) -> list[tuple[str, str, str]]:
    """Day, title and address of what the vendor published last."""
    shown = [one for one in found if one.status == Document.PUBLISHED][:3]
    return [(formats.day(formats.moment(one.update_time)), one.title, "/content") for one in shown]
