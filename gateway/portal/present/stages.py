"""The steps across the top of a deal: where it has been, where it is, what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prm.deals.v1.registrations_pb2 import Registration

from gateway.portal import formats
from gateway.portal.words import _

Status = Registration.Status


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the four steps across the top. `kind` is done, now or next."""

    name: str
    time: datetime | None
    kind: str
    tone: str = ""
    whole_day: bool = False


def stages(deal: Registration) -> list[Stage]:
    """Where it has been, where it is, what ends it."""
    submitted, decided = formats.moment(deal.submit_time), formats.moment(deal.decide_time)
    end = formats.last_moment(deal.protected_until)
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
