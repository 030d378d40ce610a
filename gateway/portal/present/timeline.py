"""A deal's story from its events: newest first, exact times, who did it, what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.protobuf.json_format import MessageToDict
from prm.events.v1.events_pb2 import Event

from gateway.portal import formats
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.labels import field_names
from gateway.portal.words import _, ngettext
from gateway.views.names import Names


@dataclass(frozen=True, slots=True)
class Step:
    """One entry. A face stands for a person's own words, a sign for what happened to the deal."""

    time: datetime | None
    title: str
    rest: str = ""
    text: str = ""
    icon: str = "info"
    tone: str = "plain"
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """What the sentences need: names, the programme's words, and the decider's text, which events do not carry."""

    names: Names
    catalogue: Catalogue
    decision_text: str = ""


def story(events: Iterable[Event], teller: Teller) -> list[Step]:
    """The timeline, newest first; events that say nothing to a reader are left out."""
    steps: list[Step] = []
    last_words = True
    for event in sorted(events, key=lambda one: one.sequence, reverse=True):
        tell = TELL.get(event.type.removeprefix("prm.deals.registration.").removesuffix(".v1"))
        if tell is None:
            continue
        decided = event.type.rsplit(".", 2)[1] in ("approved", "rejected", "action_requested")
        words = Teller(teller.names, teller.catalogue, teller.decision_text if decided and last_words else "")
        last_words = last_words and not decided
        steps.append(tell(_Fact(event), words))
    return steps


class _Fact:
    """An event with its body as plain values."""

    def __init__(self, event: Event) -> None:
        self.time = formats.moment(event.time)
        self.actor = event.actor
        self.data: Mapping[str, Any] = MessageToDict(event.data)

    def said(self, name: str) -> str:
        return str(self.data.get(name, self.data.get(_camel(name), "")) or "")

    def moment(self, name: str) -> datetime | None:
        text = self.said(name)
        return formats.moment(datetime.fromisoformat(text)) if text else None

    def fields(self) -> list[str]:
        found = self.data.get("fields", [])
        return [str(one) for one in found] if isinstance(found, list) else []


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _created(fact: _Fact, teller: Teller) -> Step:
    return Step(fact.time, teller.names.person(fact.actor), _("opened a draft"), icon="draft", tone="quiet")


def _updated(fact: _Fact, teller: Teller) -> Step:
    changed = formats.listing(field_names(fact.fields()))
    return Step(fact.time, teller.names.person(fact.actor), _("changed %(fields)s", fields=changed), icon="edit", tone="quiet")


def _submitted(fact: _Fact, teller: Teller) -> Step:
    who = teller.names.person(fact.said("submitted_by") or fact.actor)
    if fact.data.get("resubmitted"):
        kept = fact.moment("priority_time")
        text = _("Priority stays %(time)s.", time=formats.stamp(kept)) if kept else ""
        return Step(fact.time, who, _("answered and sent it again"), text, "answer", "plain")
    return Step(fact.time, _("Submitted by %(name)s", name=who), _("first complete submission, server time"), icon="answer", tone="plain")


def _review(fact: _Fact, teller: Teller) -> Step:
    decider, due = fact.said("decider_id"), fact.moment("due_time")
    title = _("%(name)s decides", name=teller.names.person(decider)) if decider else _("Waits for a channel manager")
    return Step(
        fact.time, title, _("the conflict check has run"), _("Due %(time)s.", time=formats.until(due)) if due else "", "review", "plain"
    )


def _asked(fact: _Fact, teller: Teller) -> Step:
    due = fact.moment("due_time")
    text = _("Open for changes: %(fields)s.", fields=formats.listing(field_names(fact.fields())))
    if due:
        text += " " + _("The partner’s clock runs to %(time)s.", time=formats.until(due))
    who = teller.names.person(fact.said("requested_by") or fact.actor)
    return Step(
        fact.time, _("Sent back by %(name)s", name=who), _("the vendor’s clock paused"), text, "returned", "soon", teller.decision_text
    )


def _approved(fact: _Fact, teller: Teller) -> Step:
    who, end = teller.names.person(fact.said("approved_by") or fact.actor), formats.last_moment(fact.moment("protected_until"))
    text = _("Protected until %(time)s.", time=formats.day(end, week=True, year=True)) if end else ""
    return Step(fact.time, _("Approved by %(name)s", name=who), "", text, "shield", "ok", teller.decision_text)


def _rejected(fact: _Fact, teller: Teller) -> Step:
    who = teller.names.person(fact.said("rejected_by") or fact.actor)
    text = _("Rule: %(rule)s.", rule=teller.catalogue.rule(fact.said("rule")))
    return Step(fact.time, _("Rejected by %(name)s", name=who), "", text, "rejected", "bad", teller.decision_text)


def _retracted(fact: _Fact, teller: Teller) -> Step:
    who = teller.names.person(fact.said("retracted_by") or fact.actor)
    return Step(fact.time, who, _("took the decision back"), _("The clock goes on where it stood."), "undo", "quiet")


def _withdrawn(fact: _Fact, teller: Teller) -> Step:
    if fact.said("reason") == "no_answer":
        return Step(fact.time, _("Withdrawn by itself"), _("no answer in time"), icon="undo", tone="bad")
    return Step(fact.time, _("Withdrawn by %(name)s", name=teller.names.person(fact.actor)), icon="undo", tone="quiet")


def _expiring(fact: _Fact, teller: Teller) -> Step:
    days = int(float(fact.said("days_left") or 0))
    title = ngettext("Reminder sent: %(count)s day of protection left", "Reminder sent: %(count)s days of protection left", days)
    return Step(fact.time, title, icon="bell", tone="soon")


def _expired(fact: _Fact, teller: Teller) -> Step:
    return Step(fact.time, _("Protection ended"), icon="ended", tone="bad")


def _overdue(fact: _Fact, teller: Teller) -> Step:
    return Step(fact.time, _("The decision is late"), _("the vendor’s clock ran out"), icon="alert", tone="bad")


TELL: dict[str, Callable[[_Fact, Teller], Step]] = {
    "created": _created,
    "updated": _updated,
    "submitted": _submitted,
    "review_started": _review,
    "action_requested": _asked,
    "approved": _approved,
    "rejected": _rejected,
    "decision_retracted": _retracted,
    "withdrawn": _withdrawn,
    "expiring": _expiring,
    "expired": _expired,
    "decision_overdue": _overdue,
}
