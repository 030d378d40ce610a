"""A deal in a list: what a row of the deals page, of Home and of the desk says about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prm.deals.v1.registrations_pb2 import Registration

from gateway.portal import clocks, formats
from gateway.portal.clocks import Clock
from gateway.portal.present import marks
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.marks import Mark
from gateway.portal.words import _
from gateway.views.names import Names

Status = Registration.Status
Side = Registration.Side


@dataclass(frozen=True, slots=True)
class Row:
    """One deal, one line."""

    id: str
    number: str
    customer: str
    families: str
    partner: str
    status: Mark
    value: str
    clock: Clock | None
    protected: Clock | None
    conflict: Mark | None
    decider: str
    changed: datetime | None
    etag: str

    @property
    def path(self) -> str:
        return f"/deals/{self.id}"


def row(deal: Registration, names: Names, catalogue: Catalogue, *, at_vendor: bool) -> Row:
    """The row of a deal for a reader of one side. Formats at once, so call it while reading."""
    return Row(
        id=deal.id,
        number=deal.number,
        customer=deal.customer.name,
        families=formats.listing([catalogue.family(code) for code in deal.product_families]),
        partner=names.organization(deal.organization_id),
        status=marks.registration(deal.status, at_vendor=at_vendor),
        value=formats.money(deal.value),
        clock=clock(deal, at_vendor=at_vendor),
        protected=protected(deal),
        conflict=marks.conflict(deal.conflict, deal.conflict_score),
        decider=names.person(deal.decider_id),
        changed=formats.moment(deal.update_time),
        etag=deal.etag,
    )


def clock(deal: Registration, *, at_vendor: bool) -> Clock | None:
    """The clock that runs for a deal, seen from one side; None when none does."""
    due = formats.moment(deal.clock_due_time)
    if due is None:
        return None
    ours = deal.clock_side == (Side.VENDOR if at_vendor else Side.PARTNER)
    if at_vendor and deal.status == Status.ACTION_REQUIRED:
        return clocks.paused(formats.moment(deal.decide_time))
    kind = "decision" if deal.clock_side == Side.VENDOR else "answer"
    return clocks.running(due, kind, yours=ours, share=share(deal), left="" if ours else _waits(deal))


def _waits(deal: Registration) -> str:
    return _("decision due") if deal.clock_side == Side.VENDOR else _("answer due")


def share(deal: Registration) -> float:
    """What is left of the running clock, 0 to 1, in its own business minutes."""
    if not deal.clock_total_minutes:
        return 1.0
    return max(1 - deal.clock_used_minutes / deal.clock_total_minutes, 0.0)


def protected(deal: Registration) -> Clock | None:
    """The protection that runs, or None."""
    end = formats.last_moment(deal.protected_until)
    if end is None or deal.status != Status.APPROVED:
        return None
    return clocks.protection(formats.moment(deal.protected_from), end)
