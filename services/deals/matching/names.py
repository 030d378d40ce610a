"""Likeness of company names: which words agree, which contradict, and what that is worth (domain.md 3, rule 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from services.deals.matching.pairing import Pairing, joined
from services.deals.matching.words import Kind, Word, words_of

_FORMERLY = (
    r"formerly(?: known as)?|previously|f/?k/?a|vormals|vorm\.|ehemals|fr[üu]her|anciennement|antiguamente|anteriormente|antes|"
    r"gi[àa]|tidligere|dawniej|wcze[śs]niej|原名|曾用名|(?<=[(,])\s*ex(?=[\s-])"
)
_TRADING = (
    r"trading as|t/a|d/?b/?a|doing business as|operating as|also known as|a/?k/?a|nom commercial|enseigne|nombre comercial|"
    r"nome fantasia|handelnd unter|firmierend als|insegna|商号"
)
_MARKER = re.compile(rf"[(,;\s-]*(?<![^\W\d_])(?:(?P<former>{_FORMERLY})|(?P<trading>{_TRADING}))(?![^\W\d_])[:.\s-]*", re.IGNORECASE)
PART_OF = 0.78  # a name that holds the whole other one is worth a note, whatever else it says
AGREEING = 0.9
MOST = 4  # names of one company that are looked at


class Use(Enum):
    """How a company uses a name."""

    LEGAL = "legal"
    FORMER = "former"
    TRADING = "trading"


@dataclass(frozen=True)
class Form:
    """One name of a company."""

    words: tuple[Word, ...]
    use: Use = Use.LEGAL

    @property
    def plain(self) -> str:
        """All letters of it."""
        return " ".join(word.plain for word in self.words)


AGAINST = frozenset({"GENERIC_WORD_ONLY", "DIFFERENT_DISTINCTIVE_WORD", "DIFFERENT_TRADE", "DIFFERENT_NAME"})


@dataclass(frozen=True)
class Likeness:
    """What two names say about each other. `score` is from 0 to 1; `reason` is a permanent code.

    `agreeing`: nothing contradicts, and what tells companies apart is the same. `extra`: one has a word more that does.
    `ordinary`: they agree only in words that many companies carry, `generic`: only in trades and places.
    `places_differ`: each names another place.
    """

    score: float
    reason: str
    agreeing: bool = False
    extra: bool = False
    ordinary: bool = False
    generic: bool = False
    places_differ: bool = False

    @property
    def against(self) -> bool:
        """Whether the names speak against one customer."""
        return self.reason in AGAINST


@lru_cache(maxsize=10_000)
def forms_of(name: str, town: str = "") -> tuple[Form, ...]:
    """The legal name, and those it says it had or trades under: `Nordkai AG (formerly Kaihaus)` has two."""
    found, use, place = [], Use.LEGAL, 0
    for marker in [*_MARKER.finditer(name), None]:
        part = name[place : marker.start() if marker else len(name)].strip(" ()[],;")
        words = words_of(part, town)
        if words:
            found.append(Form(words, use))
        if marker:
            use, place = (Use.FORMER if marker["former"] else Use.TRADING), marker.end()
    whole = () if found else words_of(name, town)
    return tuple(found[:MOST]) or ((Form(whole),) if whole else ())


def likeness(ours: Sequence[Form], theirs: Sequence[Form]) -> Likeness:
    """The best of all pairs of names."""
    best = Likeness(0.0, "DIFFERENT_NAME")
    for one in ours:
        for other in theirs:
            found = compare(one, other)
            if (found.score, not found.against) > (best.score, not best.against) or best.score == 0:
                best = found
    return best


def compare(one: Form, other: Form) -> Likeness:
    """Two names."""
    apart = _scripts_differ(one.words, other.words)
    ours, theirs = (_without_trades(one.words), _without_trades(other.words)) if apart else (one.words, other.words)
    pairing = Pairing.of(*joined(ours, theirs))
    score, reason = pairing.score, pairing.reason
    if not pairing.common_core and _is_acronym(one.words, other.words):
        return Likeness(PART_OF, "ACRONYM")
    if reason == "NAME_CONTAINED":
        score = max(score, PART_OF)
    if reason in ("DIFFERENT_NAME", "GENERIC_WORD_ONLY") and apart:
        reason = "DIFFERENT_SCRIPT"
    if reason not in AGAINST:
        reason = {Use.FORMER: "FORMER_NAME", Use.TRADING: "TRADING_NAME"}.get(one.use if one.use is not Use.LEGAL else other.use, reason)
    return Likeness(
        score,
        reason,
        agreeing=score >= AGREEING and pairing.agreeing,
        extra=pairing.extra,
        ordinary=pairing.ordinary,
        generic=not pairing.common_core,
        places_differ=pairing.places_differ,
    )


def _is_acronym(one: Sequence[Word], other: Sequence[Word]) -> bool:
    short, long = sorted((one, other), key=len)
    initials = "".join(word.plain[0] for word in long)
    return len(short) == 1 and len(initials) >= 3 and short[0].plain == initials


def _without_trades(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Trades are translated freely from script to script, so they say nothing there."""
    kept = tuple(word for word in words if word.kind is not Kind.GENERIC)
    return kept if any(word.kind.core for word in kept) else words


def _scripts_differ(one: Sequence[Word], other: Sequence[Word]) -> bool:
    return any(word.han for word in one) != any(word.han for word in other)
