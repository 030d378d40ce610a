"""What a row found: its numbers against their limits, what held and what did not; the table and the JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench.report import Goal, Sense, number
from tests.faults.judge import Verdict


class Skipped(Exception):
    """The row cannot run here; the text says why."""


@dataclass(frozen=True)
class Number:
    """A pass number of the table."""

    what: str
    value: float
    goal: Goal

    @property
    def met(self) -> bool:
        return self.goal.met(self.value)

    def __str__(self) -> str:
        return f"{self.what} {number(self.value)} ({self.goal}{'' if self.met else ', NOT MET'})"


def at_most(what: str, value: float, limit: float, unit: str = "") -> Number:
    return Number(what, value, Goal(Sense.AT_MOST, limit, unit))


def at_least(what: str, value: float, limit: float, unit: str = "") -> Number:
    return Number(what, value, Goal(Sense.AT_LEAST, limit, unit))


def exactly(what: str, value: float, wanted: float) -> Number:
    """As many as that, no more and no fewer."""
    return at_most(f"{what}, off by", abs(value - wanted), 0) if value != wanted else at_least(what, value, wanted)


@dataclass
class Result:
    """One row, or a part of it. `verdict` is what the invariants say; None where a row has none of its own."""

    name: str
    seed: int = 0
    numbers: list[Number] = field(default_factory=list)
    verdict: Verdict | None = None
    note: str = ""
    skipped: str = ""
    broken: str = ""
    seconds: float = 0.0

    @property
    def said(self) -> str:
        """`failed`: an invariant is broken or the row did not end. `missed`: all held, a number is beyond its limit."""
        if self.skipped:
            return "skipped"
        if self.broken or (self.verdict is not None and not self.verdict.held):
            return "failed"
        return "passed" if all(item.met for item in self.numbers) else "missed"

    def as_json(self) -> dict[str, Any]:
        numbers = [{"what": item.what, "value": round(item.value, 4), "goal": str(item.goal), "met": item.met} for item in self.numbers]
        found = {"row": self.name, "said": self.said, "seed": self.seed, "seconds": round(self.seconds), "numbers": numbers}
        return {
            **found,
            "invariants": self.verdict and self.verdict.as_json(),
            "note": "; ".join(filter(None, [self.skipped, self.broken, self.note])),
        }

    def line(self) -> tuple[str, ...]:
        held = "" if self.verdict is None else str(self.verdict)
        text = "; ".join([*map(str, self.numbers), *filter(None, [self.note, self.broken, self.skipped])])
        return (self.name, self.said.upper() if self.said in ("failed", "missed") else self.said, held, text, f"{self.seconds:.0f} s")


def table(results: Sequence[Result]) -> str:
    """For people; Markdown, so that it goes into docs as it is."""
    head = ("row", "", "invariants", "measured (wanted)", "took")
    rows = [head, *(result.line() for result in results)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])


def write(path: Path, began: datetime, machine: str, results: Sequence[Result]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"began": began.isoformat(), "machine": machine, "rows": [result.as_json() for result in results]}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
