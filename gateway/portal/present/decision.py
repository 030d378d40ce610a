"""The decision form: choose, say why, read what follows, send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from prm.deals.v1.registrations_pb2 import Registration

from gateway.portal import formats
from gateway.portal.forms import Field, Form, form
from gateway.portal.present import labels
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.words import _, ngettext, reader

CHOICES = ("approve", "send_back", "reject")


@dataclass(frozen=True, slots=True)
class Decision:
    """The form with its consequences. `choice` is the one that is open; none at first."""

    form: Form
    partner: str
    may: Mapping[str, str]
    follows: Mapping[str, str]
    openable: Sequence[tuple[str, str]]
    choice: str = ""
    notice: str = ""

    @property
    def names(self) -> dict[str, str]:
        return {"approve": _("Approve"), "send_back": _("Send back"), "reject": _("Reject")}

    @property
    def keys(self) -> dict[str, str]:
        return {"approve": "a", "send_back": "s", "reject": "r"}

    @property
    def questions(self) -> dict[str, str]:
        return {
            "approve": _("Words for %(partner)s", partner=self.partner),
            "send_back": _("What do you need from %(partner)s?", partner=self.partner),
            "reject": _("Why, in words %(partner)s can answer", partner=self.partner),
        }


def decision(deal: Registration, partner: str, catalogue: Catalogue, *, prefix: str = "d") -> Decision | None:
    """The form for who may decide this now; None where nothing can be decided."""
    known = {one.action: one for one in deal.actions if one.action in CHOICES}
    if deal.status != Registration.IN_REVIEW or not any(one.allowed for one in known.values()):
        return None
    may = {
        name: "" if name in known and known[name].allowed else labels.refusal(known[name].reason if name in known else "")
        for name in CHOICES
    }
    fields = form(
        Field("text", _("Text"), prefix=prefix),
        Field("rule", _("Rule"), options=tuple(catalogue.rules), prefix=prefix),
        Field("fields", _("Open for changes"), prefix=prefix),
        etag=deal.etag,
    )
    openable = list(zip(labels.OPENABLE, labels.field_names(labels.OPENABLE), strict=True))
    return Decision(fields, partner, may, _follows(catalogue), openable)


def _follows(catalogue: Catalogue) -> dict[str, str]:
    days = catalogue.whole("registration.protection_days", 90)
    answer = catalogue.whole("registration.answer_days", 5)
    end = formats.day(formats.last_moment(reader().now + timedelta(days=days)), week=True, year=True)
    protected = ngettext("Protected for %(count)s day, until %(end)s.", "Protected for %(count)s days, until %(end)s.", days, end=end)
    paused = ngettext(
        "Your clock pauses; theirs runs for %(count)s business day. The evidence note is open for changes too.",
        "Your clock pauses; theirs runs for %(count)s business days. The evidence note is open for changes too.",
        answer,
    )
    told = _("The partner is told after the time to undo.")
    return {
        "approve": f"{protected} {told}",
        "send_back": f"{paused} {told}",
        "reject": _("The rule and your words are shown to the partner.") + f" {told}",
    }


def wrong(choice: str, text: str, rule: str) -> dict[str, str]:
    """What a decision still needs."""
    errors: dict[str, str] = {}
    if choice == "send_back" and not text:
        errors["text"] = _("Ask one clear question, for example: what is the VAT number of the plant in Lyon?")
    if choice == "reject" and not text:
        errors["text"] = _("Say why, so that the partner can answer it")
    if choice == "reject" and not rule:
        errors["rule"] = _("Choose the rule this rejection stands on")
    return errors
