"""What values a setting may have. A shape checks a JSON value and says in words what it must be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.calendars import known_zone
from chassis.errors import InvalidArgument
from chassis.money import exponent

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Shape(Protocol):
    """A kind of value."""

    def check(self, value: Any) -> Any:
        """The value as the domain uses it. Raises ValueError with what it must be."""


@dataclass(frozen=True)
class Whole:
    """A whole number between two limits, both allowed."""

    least: int
    most: int

    def check(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ValueError(f"must be a whole number from {self.least} to {self.most}")
        return value


@dataclass(frozen=True)
class Wholes:
    """Different whole numbers, largest first."""

    least: int
    most: int
    count: int

    def check(self, value: Any) -> tuple[int, ...]:
        wanted = f"must be a list of up to {self.count} different whole numbers from {self.least} to {self.most}"
        if not isinstance(value, list) or len(value) > self.count or len(set(map(str, value))) < len(value):
            raise ValueError(wanted)
        one = Whole(self.least, self.most)
        try:
            return tuple(sorted((one.check(item) for item in value), reverse=True))
        except ValueError:
            raise ValueError(wanted) from None


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("must be true or false")  # noqa: TRY004  # every shape refuses with ValueError
        return value


@dataclass(frozen=True)
class Zone:
    """An IANA time zone; empty means the vendor's own."""

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or (value and known_zone(value) is None):
            raise ValueError("must be an IANA time zone such as Europe/Berlin, or empty for the vendor's own")
        return value


@dataclass(frozen=True)
class Amounts:
    """Whole amounts in major units, one for each currency named; a currency that is not named has none."""

    def check(self, value: Any) -> dict[str, int]:
        wanted = 'must be an object of whole amounts by currency, for example {"EUR": 5000}'
        if not isinstance(value, dict) or not value:
            raise ValueError(wanted)
        for code, amount in value.items():
            if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= 10**12:
                raise ValueError(wanted)
            try:
                exponent(code)
            except InvalidArgument:
                raise ValueError(f"{code[:10]!r} is no ISO 4217 currency") from None
        return dict(value)


@dataclass(frozen=True)
class Codes:
    """A list of `{code, name}`, each with a description where one is given; in the order in which it is shown."""

    def check(self, value: Any) -> tuple[dict[str, str], ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= 200:
            raise ValueError('must be a list of objects such as {"code": "halo_c5", "name": "Halo C5"}')
        checked = tuple(self._one(item) for item in value)
        if len({item["code"] for item in checked}) < len(checked):
            raise ValueError("has a code twice")
        return checked

    def _one(self, item: Any) -> dict[str, str]:
        known = isinstance(item, dict) and {"code", "name"} <= item.keys() <= {"code", "name", "description"}
        if not known or not all(_is_line(text) for text in item.values()):
            raise ValueError("each entry needs a code and a name, and may have a description, all lines of up to 200 characters")
        if not CODE.fullmatch(item["code"]) or not item["name"].strip():
            raise ValueError("a code is lower-case letters, digits and underscores, 40 at most, and its name is not empty")
        return dict(item)


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= 200 and (not text or text.isprintable())


@dataclass(frozen=True)
class Choice:
    """Some of a fixed set of words."""

    words: frozenset[str]

    def check(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item in self.words for item in value):
            raise ValueError(f"must be a list of some of {', '.join(sorted(self.words))}")
        return tuple(dict.fromkeys(value))
