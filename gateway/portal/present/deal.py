"""The page of one deal, and the panel of the desk: both draw the same view model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prm.deals.v1.registrations_pb2 import AllowedAction, Registration

from gateway.portal import formats
from gateway.portal.clocks import Clock
from gateway.portal.forms import new_request_id
from gateway.portal.models import Away
from gateway.portal.present import labels, marks, rows
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.conflicts import Hint
from gateway.portal.present.decision import Decision
from gateway.portal.present.marks import Mark
from gateway.portal.present.timeline import Step
from gateway.portal.words import _, ngettext, reader
from gateway.views.names import Names

Status, Side = Registration.Status, Registration.Side


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the four steps across the top. `kind` is done, now or next."""

    name: str
    time: datetime | None
    kind: str
    tone: str = ""
    whole_day: bool = False


@dataclass(frozen=True, slots=True)
class Can:
    """Something to do with the deal: allowed and where, or not and why."""

    name: str
    icon: str
    path: str = ""
    why: str = ""
    code: str = ""
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """A decision that can be taken back until a time."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class DealPage:
    """Everything the page and the panel draw."""

    id: str
    number: str
    customer: str
    summary: str
    status: Mark
    clock: Clock | None
    clock_text: str
    stages: Sequence[Stage]
    facts: Sequence[tuple[str, str]]
    can: Sequence[Can]
    etag: str
    note: str = ""
    asked: str = ""
    undo: Undo | None = None
    decision: Decision | None = None
    story: Sequence[Step] = field(default_factory=tuple)
    story_away: Away | None = None
    check: Hint | None = None
    next_step: Can | None = None
    partner: str = ""
    partner_path: str = ""
    owner: str = ""
    sent: str = ""
    masked: Sequence[str] = field(default_factory=tuple)
    draft: bool = False
    clock_title: str = ""
    notice: str = ""
    request_id: str = field(default_factory=new_request_id)

    @property
    def path(self) -> str:
        return f"/deals/{self.id}"

    @property
    def subject(self) -> str:
        return f"registration/{self.id}"


def summary(deal: Registration, catalogue: Catalogue) -> str:
    """`€214,000 · Halo C12, Vigil · expected close 18 Dec 2026`."""
    close = formats.day_of(deal.expected_close)
    families = formats.listing([catalogue.family(code) for code in deal.product_families])
    parts = [formats.money(deal.value), families, _("expected close %(day)s", day=formats.day(close, year=True)) if close else ""]
    return " · ".join(part for part in parts if part)


def clock(deal: Registration, *, at_vendor: bool) -> tuple[Clock | None, str]:
    """The clock that runs and what happens at zero."""
    found = rows.protected(deal)
    if found:
        return found, _("Close the deal before then. Otherwise the protection ends by itself.")
    found = rows.clock(deal, at_vendor=at_vendor)
    if found is None:
        return None, ""
    if deal.status == Status.ACTION_REQUIRED:
        text = _("The vendor’s clock stands until the answer is here. Without an answer in time the registration is withdrawn by itself.")
        return found, text
    total = deal.clock_total_minutes // 60
    text = ngettext(
        "Decided within %(count)s business hour; after that it goes one level up.",
        "Decided within %(count)s business hours; after that it goes one level up.",
        total,
    )
    return found, text


def clock_title(found: Clock) -> str:
    """The clock in a heading: whose, and until exactly when."""
    if found.due is None or found.face == "late":
        return found.when
    time = formats.until(found.due)
    return _("Your clock: until %(time)s", time=time) if found.face == "yours" else _("The other side’s clock: until %(time)s", time=time)


def stages(deal: Registration) -> list[Stage]:
    """Where it has been, where it is, what ends it."""
    submitted, decided = formats.moment(deal.submit_time), formats.moment(deal.decide_time)
    end = formats.moment(deal.protected_until)
    if deal.status == Status.DRAFT:
        return [
            Stage(_("Draft"), formats.moment(deal.create_time), "now", "plain"),
            Stage(_("Submitted"), None, "next"),
            Stage(_("Decided"), None, "next"),
        ]
    found = [Stage(_("Submitted"), submitted, "done")]
    if deal.status in (Status.SUBMITTED, Status.IN_REVIEW):
        due = formats.moment(deal.clock_due_time)
        return [
            *found,
            Stage(_("In review"), None, "now", "plain"),
            Stage(_("Decision due"), due, "next"),
            Stage(_("Protection"), None, "next"),
        ]
    if deal.status == Status.ACTION_REQUIRED:
        due = formats.moment(deal.clock_due_time)
        return [
            *found,
            Stage(_("Sent back"), decided, "now", "soon"),
            Stage(_("Answer due"), due, "next"),
            Stage(_("Decided"), None, "next"),
        ]
    return [*found, *_ended(deal, decided, end)]


def _ended(deal: Registration, decided: datetime | None, end: datetime | None) -> list[Stage]:
    changed = formats.moment(deal.update_time)
    if deal.status == Status.APPROVED:
        return [Stage(_("Protected"), decided, "now", "ok"), Stage(_("Protection ends"), end, "next", whole_day=True)]
    if deal.status == Status.REJECTED:
        return [Stage(_("Rejected"), decided, "now", "bad")]
    if deal.status == Status.EXPIRED:
        return [Stage(_("Protected"), formats.moment(deal.protected_from), "done"), Stage(_("Expired"), end or changed, "now", "bad")]
    return [Stage(_("Withdrawn"), changed, "now", "plain")]


def facts(deal: Registration, names: Names) -> list[tuple[str, str]]:
    """Label and value; what is not known is left out, what is hidden says so."""
    customer = deal.customer
    found = [
        (_("Country"), str(reader().locale.territories.get(customer.country, customer.country))),
        (_("Town"), customer.town),
        (_("Website"), customer.domain),
        (_("VAT number"), customer.tax_id),
        (_("Contact"), customer.contact_email),
        (_("Margin"), formats.percent(deal.margin_percent) if deal.margin_percent else ""),
        (_("Owner"), names.person(deal.owner_id)),
        (_("Decides"), names.person(deal.decider_id)),
    ]
    hidden = {"margin_percent": _("Margin"), "customer.contact_email": _("Contact"), "customer.tax_id": _("VAT number")}
    masked = {hidden[name] for name in deal.masked_fields if name in hidden}
    return [(label, _("hidden from you") if label in masked else value) for label, value in found if value or label in masked]


# Where each action leads: a page, or a form that posts. What the desk decides stands in the decision form instead.
PATHS = {"update": "edit", "withdraw": "withdraw", "discard": "discard"}
LISTED = ("update", "submit", "withdraw", "discard", "approve", "send_back", "reject")


def can(deal: Registration) -> list[Can]:
    """What is possible first, then what is not, each with its reason."""
    known = {one.action: one for one in deal.actions if one.action in LISTED}
    listed = [_can(deal, known[name]) for name in LISTED if name in known and not _pointless(deal, known[name])]
    return sorted(listed, key=lambda one: bool(one.why))


def _can(deal: Registration, one: AllowedAction) -> Can:
    name, icon = labels.action(one.action), labels.action_icon(one.action)
    if not one.allowed:
        return Can(name, "lock", why=labels.refusal(one.reason), code=one.reason)
    tail = PATHS.get(one.action, "")
    path = (
        f"/deals/{deal.id}/{tail}"
        if tail
        else ("#decide" if one.action in ("approve", "send_back", "reject") else f"/deals/{deal.id}/edit")
    )
    return Can(name, icon, path)


def _pointless(deal: Registration, one: AllowedAction) -> bool:
    """A draft's own verbs are not worth a refusal once it is sent, nor a decision's before."""
    if one.allowed:
        return one.action == "submit"
    decided_by_vendor = one.action in ("approve", "send_back", "reject")
    closed = deal.status in (Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED)
    return one.action in ("submit", "discard") or closed or (decided_by_vendor and deal.status in (Status.DRAFT, Status.APPROVED))


def undo(deal: Registration) -> Undo | None:
    """Whether the reader may take the decision back now, and until when."""
    end = formats.moment(deal.undo_until)
    allowed = any(one.action == "retract" and one.allowed for one in deal.actions)
    if end is None or end <= reader().now or not allowed:
        return None
    time = formats.clock_time(end)
    words = {
        Status.APPROVED: _("You approved this. The partner is told at %(time)s; until then you can undo it.", time=time),
        Status.REJECTED: _("You rejected this. The partner is told at %(time)s; until then you can undo it.", time=time),
        Status.ACTION_REQUIRED: _("You sent this back. The partner is told at %(time)s; until then you can undo it.", time=time),
    }
    return Undo(words[deal.status], f"/deals/{deal.id}/retract") if deal.status in words else None


def deal_page(deal: Registration, names: Names, catalogue: Catalogue, *, at_vendor: bool) -> DealPage:
    """The page without its panels: story, check and decision come from other calls and are put in by the caller."""
    running, text = clock(deal, at_vendor=at_vendor)
    possible = can(deal)
    first = next((one for one in possible if one.path.endswith("/edit")), None) if not at_vendor else None
    return DealPage(
        id=deal.id,
        number=deal.number,
        customer=deal.customer.name,
        summary=summary(deal, catalogue),
        status=marks.registration(deal.status, at_vendor=at_vendor),
        clock=running,
        clock_text=text,
        stages=stages(deal),
        facts=facts(deal, names),
        can=possible,
        etag=deal.etag,
        note=deal.evidence_note,
        asked=deal.decision_text if deal.status == Status.ACTION_REQUIRED else "",
        undo=undo(deal),
        next_step=first,
        partner=names.organization(deal.organization_id),
        owner=names.person(deal.owner_id),
        sent=formats.stamp(formats.moment(deal.submit_time)),
        masked=list(deal.masked_fields),
        draft=deal.status == Status.DRAFT,
        clock_title=clock_title(running) if running else "",
    )


@dataclass(frozen=True, slots=True)
class Confirm:
    """What cannot be undone: the thing, the loss, who is told, and the way back."""

    title: str
    text: str
    verb: str
    path: str
    back: str
    etag: str
    asks: str = ""
    request_id: str = field(default_factory=new_request_id)


def confirm(deal: Registration, kind: str) -> Confirm:
    """The question before a draft is thrown away or a registration taken back."""
    back, customer = f"/deals/{deal.id}", deal.customer.name
    if kind == "discard":
        title = _("Throw the draft for %(customer)s away?", customer=customer)
        return Confirm(title, _("Nobody but you is affected. What you typed is lost."), _("Throw away"), f"{back}/discard", back, deal.etag)
    title = _("Withdraw %(customer)s?", customer=customer)
    text = _(
        "Your priority of %(time)s is lost and the vendor is told now. This can’t be undone.",
        time=formats.stamp(formats.moment(deal.submit_time)),
    )
    return Confirm(title, text, _("Withdraw"), f"{back}/withdraw", back, deal.etag, asks=_("Why, for the timeline"))
