"""Likeness of company names: which words agree, which contradict, and what that is worth (domain.md 3, rule 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rapidfuzz.fuzz import ratio

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
TYPO = 85.0  # of 100: how alike two distinctive words must be to count as one with a slip
PART_OF = 0.78  # a name that holds the whole other one is worth a note, whatever else it says
HALF = 0.5


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
        """All letters of it, as trigrams find it."""
        return " ".join(word.plain for word in self.words)


@dataclass(frozen=True)
class Likeness:
    """What two names say about each other. `score` is from 0 to 1.

    `agreeing`: nothing in them contradicts and what tells companies apart is the same. `ordinary`: they agree only in words
    that many companies carry. `places_differ`: each names another place.
    """

    score: float
    reason: str
    agreeing: bool = False
    ordinary: bool = False
    places_differ: bool = False

    @property
    def against(self) -> bool:
        """Whether the names speak against one customer."""
        return self.reason in ("GENERIC_WORD_ONLY", "DIFFERENT_DISTINCTIVE_WORD", "DIFFERENT_NAME")


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
    return tuple(found)


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
    pairing = _Pairing.of(*_joined(one.words, other.words))
    score, reason = pairing.score, pairing.reason
    if not pairing.common_core and _is_acronym(one.words, other.words):
        return Likeness(PART_OF, "ACRONYM")
    if reason == "NAME_CONTAINED":
        score = max(score, PART_OF)
    if reason in ("DIFFERENT_NAME", "GENERIC_WORD_ONLY") and _scripts_differ(one.words, other.words):
        return Likeness(score, "DIFFERENT_SCRIPT")
    if pairing.use_matters(reason) and Use.FORMER in (one.use, other.use):
        reason = "FORMER_NAME"
    elif pairing.use_matters(reason) and Use.TRADING in (one.use, other.use):
        reason = "TRADING_NAME"
    agreeing = score >= 0.9 and pairing.agreeing
    return Likeness(score, reason, agreeing, pairing.ordinary, pairing.places_differ)


@dataclass(frozen=True)
class _Pairing:
    """Words of two names paired off; each with how alike they are, from 0 to 1."""

    pairs: tuple[tuple[Word, Word, float], ...]
    only_ours: tuple[Word, ...]
    only_theirs: tuple[Word, ...]

    @classmethod
    def of(cls, ours: Sequence[Word], theirs: Sequence[Word]) -> _Pairing:
        scored = [(_alike(a, b), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs)]
        pairs, used_a, used_b = [], set(), set()
        for score, i, j in sorted(scored, key=lambda item: (-item[0], item[1], item[2])):
            if score > 0 and i not in used_a and j not in used_b:
                pairs.append((ours[i], theirs[j], score))
                used_a.add(i)
                used_b.add(j)
        rest_a = tuple(word for place, word in enumerate(ours) if place not in used_a)
        rest_b = tuple(word for place, word in enumerate(theirs) if place not in used_b)
        return cls(tuple(pairs), rest_a, rest_b)

    @property
    def score(self) -> float:
        both = sum((a.kind.value + b.kind.value) * alike for a, b, alike in self.pairs)
        every = sum(a.kind.value + b.kind.value for a, b, _ in self.pairs)
        rest = sum(word.kind.value for word in (*self.only_ours, *self.only_theirs))
        return both / (every + rest) if every else 0.0

    @property
    def common_core(self) -> list[Word]:
        return [a for a, b, _ in self.pairs if a.kind.core and b.kind.core]

    @property
    def complete(self) -> bool:
        """Every word has its like."""
        return bool(self.pairs) and not self.only_ours and not self.only_theirs

    @property
    def ordinary(self) -> bool:
        """What agrees is carried by many companies."""
        return not any(word.kind is Kind.DISTINCTIVE for word in self.common_core)

    @property
    def places_differ(self) -> bool:
        return _has(self.only_ours, Kind.PLACE) and _has(self.only_theirs, Kind.PLACE)

    @property
    def contradicts(self) -> bool:
        """Each side has a word of its own that tells companies apart."""
        return any(word.kind.core for word in self.only_ours) and any(word.kind.core for word in self.only_theirs)

    @property
    def agreeing(self) -> bool:
        trades_differ = _has(self.only_ours, Kind.GENERIC) and _has(self.only_theirs, Kind.GENERIC)
        extra = any(word.kind.core for word in (*self.only_ours, *self.only_theirs))
        return (bool(self.common_core) or self.complete) and not (extra or trades_differ or self.places_differ)

    @property
    def reason(self) -> str:
        if not self.pairs:
            return "DIFFERENT_NAME"
        if self.complete:
            return "SAME_NAME" if self.score == 1 else "SIMILAR_NAME"
        if not self.common_core:
            return "GENERIC_WORD_ONLY"
        if self.contradicts:
            return "DIFFERENT_DISTINCTIVE_WORD"
        extra = any(word.kind.core for word in (*self.only_ours, *self.only_theirs))
        return "NAME_CONTAINED" if extra and not self.ordinary else "SIMILAR_NAME"

    def use_matters(self, reason: str) -> bool:
        """Whether it is worth saying that the names are not both in use."""
        return reason in ("SAME_NAME", "SIMILAR_NAME", "NAME_CONTAINED")


def _has(words: Sequence[Word], kind: Kind) -> bool:
    return any(word.kind is kind for word in words)


def _alike(one: Word, other: Word) -> float:
    """1 for the same word, less for a slip of the pen in a distinctive one, 0 for different words."""
    if one.han and other.han and one.kind.core and other.kind.core:
        return 1.0 if one.han == other.han else 0.0
    if {one.plain, one.expanded} & {other.plain, other.expanded}:
        return 1.0
    if not (one.kind is other.kind is Kind.DISTINCTIVE) or min(len(one.plain), len(other.plain)) < 5:
        return 0.0
    found = max(ratio(one.plain, other.plain), ratio(one.expanded, other.expanded))
    return found / 100 if found >= TYPO else 0.0


def _joined(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Write as one word what the other side writes as one: `Nordsee Kühlhaus` and `Nordseekühlhaus`."""
    return _join(ours, theirs), _join(theirs, ours)


def _join(words: tuple[Word, ...], others: tuple[Word, ...]) -> tuple[Word, ...]:
    whole = {spelling: other for other in others for spelling in (other.plain, other.expanded)}
    result: list[Word] = []
    place = 0
    while place < len(words):
        for length in (3, 2):
            part = words[place : place + length]
            match = whole.get("".join(word.plain for word in part)) or whole.get("".join(word.expanded for word in part))
            if match is not None and len(part) == length:
                result.append(match)
                place += length
                break
        else:
            result.append(words[place])
            place += 1
    return tuple(result)


def _is_acronym(one: Sequence[Word], other: Sequence[Word]) -> bool:
    short, long = sorted((one, other), key=len)
    initials = "".join(word.plain[0] for word in long)
    return len(short) == 1 and len(initials) >= 3 and short[0].plain == initials


def _scripts_differ(one: Sequence[Word], other: Sequence[Word]) -> bool:
    return any(word.han for word in one) != any(word.han for word in other)
