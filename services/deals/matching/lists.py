"""The word lists beside this module: one entry a line, `#` begins a comment, `a = b` maps a to b."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


@cache
def entries(name: str) -> frozenset[str]:
    """All entries of a list."""
    return frozenset(_lines(name))


@cache
def pairs(name: str) -> dict[str, str]:
    """The entries of a list of `a = b`; `a1, a2 = b` maps both."""
    found: dict[str, str] = {}
    for line in _lines(name):
        left, _, right = line.partition("=")
        found.update({item.strip(): right.strip() for item in left.split(",")})
    return found


def _lines(name: str) -> list[str]:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
