"""What may be done with a deal: at once, not and why, taken back, or only after a question."""

from __future__ import annotations

from dataclasses import dataclass, field

from prm.deals.v1.registrations_pb2 import AllowedAction, Registration

from gateway.portal import formats
from gateway.portal.forms import new_request_id
from gateway.portal.present import labels
from gateway.portal.words import _, reader

Status = Registration.Status


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
