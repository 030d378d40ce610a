"""Words of two names paired off: which agree, which each side has for itself, and what that amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from services.deals.matching.words import Kind, Word

TYPO = 85.0  # of 100: how alike two words must be to count as one with a slip
SLIPS = (Kind.DISTINCTIVE, Kind.GENERIC)  # Schmidt and Schmitt are two names, Casting and Castings one trade


@dataclass(frozen=True)
class Pairing:
    """Words of two names paired off; each with how alike they are, from 0 to 1."""

    pairs: tuple[tuple[Word, Word, float], ...]
    only_ours: tuple[Word, ...]
    only_theirs: tuple[Word, ...]

    @classmethod
    def of(cls, ours: Sequence[Word], theirs: Sequence[Word]) -> Pairing:
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
    if one.plain == other.plain or one.expanded in (other.plain, other.expanded) or one.plain == other.expanded:
        return 1.0
    if bool(one.han) != bool(other.han) and _begins(one, other):
        return TYPO / 100
    if one.kind is not other.kind or one.kind not in SLIPS or min(len(one.plain), len(other.plain)) < 5:
        return 0.0
    found = ratio(one.plain, other.plain, score_cutoff=TYPO)  # 0 below
    if one.plain != one.expanded or other.plain != other.expanded:
        found = max(found, ratio(one.expanded, other.expanded, score_cutoff=TYPO))
    return found / 100


def _begins(one: Word, other: Word) -> bool:
    """In Chinese a name may hang together with a trade that is in no list: 天宇光学 is read tianyuguangxue."""
    short, long = sorted((one.plain, other.plain), key=len)
    return one.kind is other.kind is Kind.DISTINCTIVE and len(short) >= 4 and long.startswith(short)


def joined(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Write as one word what the other side writes as one: `Nordsee Kühlhaus` and `Nordseekühlhaus`."""
    return _join(ours, theirs), _join(theirs, ours)


def _join(words: tuple[Word, ...], others: tuple[Word, ...]) -> tuple[Word, ...]:
    whole = {spelling: other for other in others for spelling in (other.plain, other.expanded)}
    result: list[Word] = []
    place = 0
    while place < len(words):
        for length in range(min(3, len(words) - place), 1, -1):
            part = words[place : place + length]
            match = whole.get("".join(word.plain for word in part)) or whole.get("".join(word.expanded for word in part))
            if match is not None:
                result.append(match)
                place += length
                break
        else:
            result.append(words[place])
            place += 1
    return tuple(result)
