"""What became of the requests: counts by kind, every fault kept with what caused it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

KEPT = 40  # faults shown in full; the others are only counted


class Verdict(Enum):
    """How a request was answered."""

    DONE = "done"
    REFUSED = "refused"  # the caller's mistake, said to be his
    REPEATED = "repeated"  # asked to come again in a moment, and answered then
    FAULT = "fault"  # ours: a 5xx, a closed connection, no answer in time


@dataclass(frozen=True)
class Fault:
    """A request that was answered as it should never be. `number` is its place in the run: `--only` sends it again."""

    number: int
    kind: str
    target: str
    answer: str
    request: str


@dataclass
class Outcomes:
    """Of one run; thread-safe."""

    counts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, kind: str, verdict: Verdict, code: str, seconds: float, fault: Fault | None = None) -> None:
        """Count one answer."""
        with self._lock:
            self.counts.setdefault(kind, Counter())[verdict] += 1
            self.slowest[kind] = max(self.slowest.get(kind, 0.0), seconds)
            self.codes[code] += 1
            if fault is not None and len(self.faults) < KEPT:
                self.faults.append(fault)

    @property
    def requests(self) -> int:
        return sum(sum(counter.values()) for counter in self.counts.values())

    @property
    def faulty(self) -> int:
        return sum(counter[Verdict.FAULT] for counter in self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """Kinds with their counts and slowest answer in seconds, status codes, faults."""
        kinds = {
            kind: {**{verdict.value: counter[verdict] for verdict in Verdict}, "slowest": round(self.slowest[kind], 3)}
            for kind, counter in sorted(self.counts.items())
        }
        return {
            "requests": self.requests,
            "kinds": kinds,
            "codes": dict(self.codes.most_common()),
            "faults": [vars(item) for item in self.faults],
        }
