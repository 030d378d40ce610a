"""One match of the conflict check, field by field: what speaks for the same customer, what against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prm.deals.v1.registrations_pb2 import ConflictClass, Evidence, Match

from gateway.portal import formats
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.words import _, reader
from gateway.views.names import Names

HARD, PROBABLE, POSSIBLE = (
    ConflictClass.CONFLICT_CLASS_HARD,
    ConflictClass.CONFLICT_CLASS_PROBABLE,
    ConflictClass.CONFLICT_CLASS_POSSIBLE,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of this registration beside the other's."""

    label: str
    ours: str
    theirs: str
    icon: str
    tone: str
    spoken: str
    why: str = ""
    ours_marked: tuple[tuple[str, bool], ...] = ()
    theirs_marked: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One match. `path` is empty where the reader may not see the other deal."""

    title: str
    share: str
    tone: str
    number: str
    path: str
    partner: str
    until: str
    sent: str
    compared: list[Compared]
    redacted: bool
    reserved: bool


def match(one: Match, names: Names, catalogue: Catalogue) -> Found:
    """A match, field by field."""
    titles = {
        HARD: _("Hard match: the same customer"),
        PROBABLE: _("Probable match: a person decides"),
        POSSIBLE: _("Possible match: a note"),
    }
    until, sent = (
        formats.last_moment(one.other_protected_until),
        formats.moment(one.other_submit_time),
    )
    return Found(
        title=titles.get(one.conflict, _("No match")),
        share=_("%(share)s alike", share=formats.percent(one.score)) if one.score else "",
        tone={HARD: "bad", PROBABLE: "soon"}.get(one.conflict, "plain"),
        number=one.other_number,
        path=f"/deals/{one.other_id}" if one.other_id and one.kind == "registration" else "",
        partner=_partner(one.other_organization_id, names),
        until=_("protected until %(day)s", day=formats.day(until)) if until else "",
        sent=formats.stamp(sent),
        compared=[compared(part, catalogue) for part in one.evidence],
        redacted=one.redacted,
        reserved=one.kind == "reserved_account",
    )


def _partner(organization: str, names: Names) -> str:
    """Who holds the other one; a partner of other people's has no name for the reader, but is there."""
    return names.organizations.get(organization) or _("A partner that is not yours") if organization else ""


def compared(part: Evidence, catalogue: Catalogue) -> Compared:
    """One piece of evidence: = for, ≠ against, ? unknown."""
    icon, tone, spoken = {
        Evidence.FOR: ("equal", "soon", _("speaks for the same customer")),
        Evidence.AGAINST: ("differs", "ok", _("speaks against it")),
    }.get(part.verdict, ("ask", "plain", _("unknown")))
    labels: dict[str, Callable[[], str]] = {
        "name": lambda: _("Name"),
        "domain": lambda: _("Domain"),
        "tax_id": lambda: _("VAT"),
        "country": lambda: _("Country"),
        "town": lambda: _("Town"),
        "products": lambda: _("Products"),
        "contact": lambda: _("Contact"),
    }
    label = labels.get(part.field, lambda: part.field)()
    ours, theirs = part.ours, part.theirs
    if part.field == "products":
        ours, theirs = (
            formats.listing([catalogue.family(code.strip()) for code in text.split(",") if code.strip()]) for text in (ours, theirs)
        )
    if part.field == "country":
        ours, theirs = (str(reader().locale.territories.get(text, text)) for text in (ours, theirs))
    agree = part.verdict == Evidence.FOR
    marked = (alike(ours, theirs), alike(theirs, ours)) if agree else ((), ())
    return Compared(label, ours, theirs, icon, tone, spoken, reason(part.reason), *marked)


LEAST_ALIKE = 3


def alike(text: str, other: str) -> tuple[tuple[str, bool], ...]:
    """The text cut into parts, each with whether the other has it too: whole words, or a long common start."""
    words = [one.casefold() for one in other.split()]
    parts: list[tuple[str, bool]] = []
    for word in text.split(" "):
        common = max((_common(word.casefold(), one) for one in words), default=0)
        same = common if common >= LEAST_ALIKE and common * 2 >= len(word) else 0
        same = len(word) if word.casefold() in words else same  # a short word too, such as the C5 of Halo C5
        parts += [(word[:same], True), (word[same:] + " ", False)]
    return tuple((piece, is_same) for piece, is_same in parts if piece)


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def reason(code: str) -> str:
    """A reason's code in words, where it says more than the verdict; an unknown code is left out."""
    words = {
        "ACRONYM": _("one is the short form of the other"),
        "DIFFERENT_DISTINCTIVE_WORD": _("the telling word differs"),
        "DIFFERENT_SCRIPT": _("written in another script"),
        "FORMER_NAME": _("a former name"),
        "GENERIC_WORD_ONLY": _("only a common word agrees"),
        "INVALID_TAX_ID": _("one of them fails its check digit"),
        "NAME_CONTAINED": _("one name holds the other"),
        "NOT_COMPARABLE": _("numbers of two kinds"),
        "PLACEHOLDER_TAX_ID": _("one of them is a placeholder"),
        "SAME_TAX_ID_OTHER_BRANCH": _("same company, another branch"),
        "SHARED_DOMAIN": _("a domain that many share"),
        "TRADING_NAME": _("a trading name"),
    }
    return words.get(code, "")
