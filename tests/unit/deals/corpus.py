"""Reads the labelled pairs of corpus.txt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from services.deals.matching.domains import host_of
from services.deals.matching.profile import Party

FILE = Path(__file__).with_name("corpus.txt")
FIELD = re.compile(r" (?=[dtxmc]=)")


@dataclass(frozen=True)
class Pair:
    """Two descriptions and whether they are of the `same` customer, of `related` or of `different` ones."""

    label: str
    one: Party
    other: Party

    def __str__(self) -> str:
        return f"{self.label}: {self.one.name} | {self.other.name}"


def pairs() -> list[Pair]:
    found = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            head, one, other = line.split(" | ")
            label, country = head.split()
            found.append(Pair(label, party(one, country), party(other, country)))
    return found


def party(text: str, country: str) -> Party:
    name, *parts = FIELD.split(text.strip())
    said = {part[0]: part[2:].strip() for part in parts}
    return Party(
        name=name.strip(),
        domain=host_of(said.get("d", "")),
        country=said.get("c", country),
        town=said.get("t", ""),
        tax_id=said.get("x", ""),
        contact_email=said.get("m", ""),
        families=frozenset({"halo_c5"}),
    )
