"""What was measured against what was wanted: the arithmetic, the table and the JSON of `./prm bench`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from statistics import median
from typing import Any


class Sense(Enum):
    """Which side of its limit a figure has to be on."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True)
class Goal:
    """`limit` is what the ratio is held against, or the measured value itself where there is no base."""

    sense: Sense
    limit: float
    unit: str = "×"

    def met(self, value: float) -> bool:
        """NaN is never met: nothing was measured."""
        return value >= self.limit if self.sense is Sense.AT_LEAST else value <= self.limit

    def __str__(self) -> str:
        return f"{self.sense.value} {number(self.limit)} {self.unit}"


@dataclass(frozen=True)
class Line:
    """One row of the table. `measured` and `base` have one value a round, measured in turns; no base where the goal is absolute.

    With `lost`, nothing counts: it says why the figure could not be measured.
    """

    figure: str
    what: str
    unit: str
    measured: Sequence[float]
    goal: Goal
    base: Sequence[float] = ()
    note: str = ""
    lost: str = ""

    @property
    def ratios(self) -> list[float]:
        """Measured ÷ base, round by round, so that what slowed the machine down in a round slowed both. Empty without a base."""
        if not self.base:
            return []
        if len(self.base) != len(self.measured):
            raise ValueError(f"{self.figure}: {len(self.measured)} rounds against {len(self.base)} of the base")
        return [one / other if other > 0 else math.nan for one, other in zip(self.measured, self.base, strict=True)]

    @property
    def value(self) -> float:
        """What the goal is held against: the median of the ratios, or of the measured values. NaN when a round failed."""
        values = self.ratios or list(self.measured)
        return median(values) if values and not any(map(math.isnan, values)) else math.nan

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest round."""
        values = self.ratios or list(self.measured)
        return (min(values), max(values)) if values else (math.nan, math.nan)

    @property
    def met(self) -> bool:
        return not self.lost and self.goal.met(self.value)

    def __str__(self) -> str:
        return "   ".join(cell for cell in _cells(self)[1:] if cell)

    def as_json(self) -> dict[str, Any]:
        """All of it, rounds included; what is no number is null."""
        return {
            "figure": self.figure,
            "what": self.what,
            "unit": self.unit,
            "measured": _plain(middle(self.measured)),
            "base": _plain(middle(self.base)) if self.base else None,
            "ratio": _plain(self.value) if self.base else None,
            "spread": [_plain(item) for item in self.spread],
            "goal": {"sense": self.goal.sense.value, "limit": self.goal.limit, "unit": self.goal.unit},
            "met": self.met,
            "note": self.lost or self.note,
            "rounds": {"measured": [_plain(item) for item in self.measured], "base": [_plain(item) for item in self.base]},
        }


@dataclass
class Report:
    """Everything one run found."""

    began: datetime
    machine: str
    short: bool
    lines: list[Line] = field(default_factory=list)

    @property
    def met(self) -> bool:
        """Whether there is a line and every one met its goal."""
        return bool(self.lines) and all(line.met for line in self.lines)

    def table(self) -> str:
        """For people; Markdown, so that it goes into docs as it is."""
        head = ("figure", "", "measured", "base", "ratio", "spread", "goal", "")
        rows = [head, *(_cells(line) for line in self.lines)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
        texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
        return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])

    def write(self, path: Path) -> None:
        """The JSON document."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"began": self.began.isoformat(), "machine": self.machine, "short": self.short, "met": self.met}
        path.write_text(json.dumps({**content, "lines": [line.as_json() for line in self.lines]}, indent=1, ensure_ascii=False) + "\n")


def middle(values: Sequence[float]) -> float:
    """The median; NaN of nothing."""
    return median(values) if values else math.nan


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank). NaN of nothing."""
    found = sorted(values)
    return found[max(math.ceil(len(found) * percent / 100), 1) - 1] if found else math.nan


def number(value: float) -> str:
    """Three digits that count, without an exponent."""
    if math.isnan(value):
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.{max(2 - math.floor(math.log10(abs(value))), 0)}f}"


def _cells(line: Line) -> tuple[str, ...]:
    low, high = line.spread
    said = "not measured" if line.lost else "met" if line.met else "NOT MET"
    note = line.lost or line.note
    return (
        line.figure,
        line.what + (f" ({note})" if note else ""),
        f"{number(middle(line.measured))} {line.unit}",
        f"{number(middle(line.base))} {line.unit}" if line.base else "",
        number(line.value) if line.base else "",
        f"{number(low)} – {number(high)}",
        str(line.goal),
        said,
    )


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
