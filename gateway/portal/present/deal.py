"""The page of one deal, and the panel of the desk: both draw the same view model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from prm.deals.v1.registrations_pb2 import Registration

from gateway.portal import formats
from gateway.portal.clocks import Clock
from gateway.portal.forms import new_request_id
from gateway.portal.models import Away
from gateway.portal.present import marks, rows
from gateway.portal.present.actions import Can, Undo, can, undo
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.conflicts import Hint
from gateway.portal.present.decision import Decision
from gateway.portal.present.marks import Mark
from gateway.portal.present.stages import Stage, stages
from gateway.portal.present.timeline import Step
from gateway.portal.words import _, ngettext, reader
from gateway.views.names import Names

Status, Side = Registration.Status, Registration.Side


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
