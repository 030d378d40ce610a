"""Countries and towns as they are compared."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale
from rapidfuzz.fuzz import ratio

from services.deals.matching.lists import pairs
from services.deals.matching.words import HAN, fold

NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})  # of Unicode's list, no ISO 3166-1 countries
SLIP = 88.0


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2, and XK for Kosovo."""
    known = map(str, Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


def is_country(code: str) -> bool:
    """Whether the code is one."""
    return code in countries()


@lru_cache(maxsize=10_000)
def town_of(text: str) -> tuple[str, ...]:
    """The words of a town's name under its usual spelling, without postcode: `D-50667 Cologne` → koln."""
    text = re.sub(r"\b[A-Z]{1,2}-(?=\d)", " ", text)
    text = re.sub(r"\S*\d\S*", " ", text)
    text = re.sub(r"[市县区省]$", "", text.strip())
    whole = pairs("han").get(text, "") if HAN.search(text) else ""
    words = [_usual(fold(word)) for word in re.split(r"[^\w]+", whole or text) if fold(word)]
    for length in range(len(words), 0, -1):
        usual = pairs("towns").get(" ".join(words[:length]))
        if usual:
            return (*usual.split(), *words[length:])
    return tuple(words)


def _usual(word: str) -> str:
    """Sankt, Saint and San are written St. as often."""
    return "st" if pairs("abbreviations").get(word) == "st" else word


def same_town(one: tuple[str, ...], other: tuple[str, ...]) -> bool | None:
    """Whether two towns are one; None where one side does not say."""
    if not one or not other:
        return None
    short, long = sorted((one, other), key=len)
    if set(short) <= set(long) or "".join(one) == "".join(other):
        return True
    return ratio(" ".join(one), " ".join(other)) >= SLIP
