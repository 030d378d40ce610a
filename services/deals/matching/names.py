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
AGREEING = 0.9
SLIPS = (Kind.DISTINCTIVE, Kind.GENERIC)  # Schmidt and Schmitt are two names, Casting and Castings one trade


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
    return tuple(found) or ((Form(whole),) if whole else ())


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
    pairing = _Pairing.of(*_joined(ours, theirs))
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
        return self._both(frozenset({Kind.PLACE}))

    @property
    def extra(self) -> bool:
        """One side has a word that tells companies apart and that the other has not."""
        return any(word.kind.core for word in (*self.only_ours, *self.only_theirs))

    @property
    def agreeing(self) -> bool:
        return (bool(self.common_core) or self.complete) and not (self.extra or self.places_differ or self._both(_NO_PLACE))

    @property
    def reason(self) -> str:
        if not self.pairs:
            return "DIFFERENT_NAME"
        if self.complete:
            return "SAME_NAME" if self.score == 1 else "SIMILAR_NAME"
        if not self.common_core:
            return "NAME_CONTAINED" if self._holds_a_place() else "GENERIC_WORD_ONLY"
        if self._both(_CORE):
            return "DIFFERENT_DISTINCTIVE_WORD"
        if self._both(_NO_PLACE):
            return "DIFFERENT_TRADE"
        return "NAME_CONTAINED" if self.extra and not self.ordinary else "SIMILAR_NAME"

    def _both(self, kinds: frozenset[Kind]) -> bool:
        """Each side has a word of such a kind for itself."""
        return all(any(word.kind in kinds for word in side) for side in (self.only_ours, self.only_theirs))

    def _holds_a_place(self) -> bool:
        """One name is the whole other one, a place in it: Stadtwerke Kiel and Stadtwerke Kiel Netz."""
        return (not self.only_ours or not self.only_theirs) and any(a.kind is Kind.PLACE for a, _, _ in self.pairs)


_CORE = frozenset(kind for kind in Kind if kind.core)
_NO_PLACE = frozenset(Kind) - {Kind.PLACE}


def _alike(one: Word, other: Word) -> float:
    """1 for the same word, less for a slip of the pen in a distinctive one, 0 for different words."""
    if one.han and other.han and one.kind.core and other.kind.core:
        return 1.0 if one.han == other.han else 0.0
    if {one.plain, one.expanded} & {other.plain, other.expanded}:
        return 1.0
    if bool(one.han) != bool(other.han) and _begins(one, other):
        return TYPO / 100
    if one.kind is not other.kind or one.kind not in SLIPS or min(len(one.plain), len(other.plain)) < 5:
        return 0.0
    found = max(ratio(one.plain, other.plain), ratio(one.expanded, other.expanded))
    return found / 100 if found >= TYPO else 0.0


def _begins(one: Word, other: Word) -> bool:
    """In Chinese a name may hang together with a trade that is in no list: 天宇光学 is read tianyuguangxue."""
    short, long = sorted((one.plain, other.plain), key=len)
    return one.kind is other.kind is Kind.DISTINCTIVE and len(short) >= 4 and long.startswith(short)


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


def _without_trades(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Trades are translated freely from script to script, so they say nothing there."""
    kept = tuple(word for word in words if word.kind is not Kind.GENERIC)
    return kept if any(word.kind.core for word in kept) else words


def _scripts_differ(one: Sequence[Word], other: Sequence[Word]) -> bool:
    return any(word.han for word in one) != any(word.han for word in other)
