"""A company name as words: transliterated, without its legal form, each word with what it is worth for telling companies apart."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache

import cleanco
from anyascii import anyascii

from services.deals.matching.lists import entries, pairs

HAN = re.compile(r"[\u3400-\u9fff]+")
_ELISION = re.compile(r"\b(?:l|d|dell|all|dall|nell|sull|un|qu)['’](?=\w)")
_APOSTROPHES = re.compile(r"['’`´ʼ]")
_DOTTED = re.compile(r"\b\w\.(?:\s?\w\.)+|\b\w(?:\.\w)+\b")
_WORD = re.compile(r"[^\W_]+")
_NO_LETTER = re.compile(r"[^a-z0-9]")
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})
_EXPANDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ß": "ss", "æ": "ae"})
MOST = 12  # words of a name that are looked at


class Kind(Enum):
    """What a word of a name is. Only core words tell companies apart."""

    DISTINCTIVE = 1.0
    ORDINARY = 0.7  # a name that many companies carry
    NUMBER = 0.6
    PLACE = 0.3
    GENERIC = 0.29

    @property
    def core(self) -> bool:
        """Whether it tells companies apart."""
        return self in (Kind.DISTINCTIVE, Kind.ORDINARY, Kind.NUMBER)


@dataclass(frozen=True)
class Word:
    """One word. `plain` reads ü as u, `expanded` as ue; `han` keeps Chinese characters, since many share one pinyin."""

    plain: str
    expanded: str
    kind: Kind
    han: str = ""


@lru_cache(maxsize=10_000)
def words_of(name: str, town: str = "") -> tuple[Word, ...]:
    """The words of a name without its legal form, never none unless the name has no letters. A word of its own town is a place."""
    text = unicodedata.normalize("NFKC", name).strip()
    spelled = _drop_legal_forms(_split(cleanco.basename(text) or text)) or _split(text) or _whole(text)
    kept = [item for item in spelled if item[0] not in entries("connectors")] or spelled
    home = _home(town)
    return tuple(_word(*item, home=home) for item in kept[:MOST])


@lru_cache(maxsize=1000)
def _home(town: str) -> frozenset[str]:
    """The words of a company's own town."""
    return frozenset(plain for plain, _, _ in _split(town))


def fold(text: str) -> str:
    """Lower case, accents off, other scripts in Latin letters: `Łódź` → lodz."""
    plain = text.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_PLAIN))
        plain = anyascii("".join(character for character in plain if not unicodedata.combining(character))).lower()
    return _NO_LETTER.sub("", plain)


def _split(text: str) -> list[tuple[str, str, str]]:
    """(plain, expanded, Chinese characters) of each word."""
    text = text.lower()
    text = _spellings().sub(lambda found: f" {pairs('spellings')[found[0]]} ", text)
    text = _APOSTROPHES.sub("", _ELISION.sub("", text)).replace("&", " and ").replace("+", " and ")
    text = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", text)
    found: list[tuple[str, str, str]] = []
    for word in _WORD.findall(text):
        for part in _segments(word):
            plain, han = pairs("han").get(part) or fold(part), part if HAN.search(part) else ""
            if plain:
                found.append((plain, plain if han or part.isascii() else fold(part.translate(_EXPANDED)), han))
    return found


@cache
def _spellings() -> re.Pattern[str]:
    known = sorted(pairs("spellings"), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})")


def _whole(text: str) -> list[tuple[str, str, str]]:
    """What consists of a Chinese legal form alone is still a name."""
    return [(fold(text), fold(text), text)] if fold(text) else []


def _segments(word: str) -> list[str]:
    """Chinese is written without spaces: known words are cut out, what lies between is kept whole."""
    if not HAN.search(word):
        return [word]
    parts = [part for part in _han_pattern().split(word) if part]
    return [part for part in parts if pairs("han").get(part, part)]


@cache
def _han_pattern() -> re.Pattern[str]:
    known = sorted(pairs("han"), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, known))})")


def _drop_legal_forms(spelled: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    plain = [item[0] for item in spelled]
    keep = [True] * len(plain)
    said = frozenset(plain)
    for form in _forms("legal_forms"):
        if form[0] not in said:  # most of them
            continue
        for start in range(len(plain) - len(form) + 1):
            if plain[start : start + len(form)] == list(form) and all(keep[start : start + len(form)]):
                keep[start : start + len(form)] = [False] * len(form)
    left = [item for item, kept in zip(spelled, keep, strict=True) if kept]
    return _drop_endings(left)


def _drop_endings(left: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    endings, beginnings = _forms("legal_endings"), _beginnings()
    changed = True
    while changed:
        changed = False
        plain = [item[0] for item in left]
        for form in endings:
            if plain[-1:] == [form[-1]] and len(left) > len(form) and plain[-len(form) :] == list(form):
                left, changed = left[: -len(form)], True
                break
        if len(left) > 1 and left[0][0] in beginnings:
            left, changed = left[1:], True
        while len(left) > 1 and left[-1][0] == "and":
            left, changed = left[:-1], True
    return left


@cache
def _forms(name: str) -> tuple[tuple[str, ...], ...]:
    found = (tuple(line.split()) for line in entries(name) if not line.startswith("^"))
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


@cache
def _generic_endings() -> tuple[str, ...]:
    return tuple(entries("generic_endings"))


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(line[1:] for line in entries("legal_endings") if line.startswith("^"))


def _word(plain: str, expanded: str, han: str, *, home: frozenset[str]) -> Word:
    long = pairs("abbreviations").get(plain) or pairs("abbreviations").get(expanded)
    if long:
        plain = expanded = long
    place = pairs("towns").get(plain) or pairs("towns").get(expanded) or plain
    if place in entries("places") or plain in home or expanded in home:
        return Word(place, place, Kind.PLACE, han)
    return Word(plain, expanded, _kind(plain, expanded), han)


def _kind(plain: str, expanded: str) -> Kind:
    if plain.isdigit():
        return Kind.NUMBER
    if plain in entries("generic_words") or expanded in entries("generic_words"):
        return Kind.GENERIC
    if plain[3:].endswith(_generic_endings()):  # and three letters before it
        return Kind.GENERIC
    if plain in entries("ordinary_words") or expanded in entries("ordinary_words"):
        return Kind.ORDINARY
    return Kind.DISTINCTIVE
