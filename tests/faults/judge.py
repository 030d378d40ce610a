"""The invariants of every row, held against the ledger."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import DomainError
from tests.bus.world import World
from tests.faults.load import Ledger

STUCK_SECONDS = 60.0
LIMIT_SECONDS = 600.0
OPEN = (
    "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM outbox_held) + (SELECT position - published FROM log_head)"
    " + (SELECT count(*) FROM inbox_failure WHERE state NOT IN ('parked', 'discarded')), (SELECT count(DISTINCT event_id) FROM effect),"
    " (SELECT count(*) FROM inbox_failure WHERE state = 'parked')"
)


@dataclass(frozen=True)
class Verdict:
    """All are zero when the promise of the bus holds. `missing` and so on name a few for the reader."""

    lost: int
    ghosts: int
    doubled: int
    inversions: int
    stuck: int
    wrongly_parked: int
    gaps: int
    examples: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        return not any(self.counts().values())

    def counts(self) -> dict[str, int]:
        names = ("lost", "ghosts", "doubled", "inversions", "stuck", "wrongly_parked", "gaps")
        return {name: getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        return {**self.counts(), "examples": self.examples}

    def __str__(self) -> str:
        return "hold" if self.held else ", ".join(f"{name} {count}" for name, count in self.counts().items() if count)


def settled(world: World, ledger: Ledger, limit: float = LIMIT_SECONDS) -> float:
    """Wait until everything is applied or parked, or nothing has moved for 60 s; -> how long it took."""
    began = moved = time.monotonic()
    before: Any = None
    while time.monotonic() - moved < STUCK_SECONDS and time.monotonic() - began < limit:
        found = _looked(world)
        if found is not None:
            if found[0] == 0 and found[1] >= len(set(ledger.committed) - set(ledger.expected)) and found[2] >= len(ledger.expected):
                return time.monotonic() - began
            if found != before:
                before, moved = found, time.monotonic()
        time.sleep(0.2)
    return time.monotonic() - began


def _looked(world: World) -> tuple[int, int, int] | None:
    try:
        row = world.rows(OPEN)[0]
    except DomainError:
        return None
    return int(row[0]), int(row[1]), int(row[2])


def judge(world: World, ledger: Ledger, *, log: bool = True) -> Verdict:
    """Look at what is there. Call it when things have settled. `log=False` where events did not go through the log."""
    rows = world.rows("SELECT handler, aggregate, seq, event_id FROM effect ORDER BY id")
    times = Counter(row.event_id for row in rows)
    wanted = set(ledger.committed) - set(ledger.expected)
    lost, ghosts = wanted - set(times), set(times) - wanted
    doubled = [event_id for event_id, count in times.items() if count > 1]
    parked = {row[0]: row[1] for row in world.rows("SELECT event_id::text, reason FROM inbox_failure WHERE state = 'parked'")}
    wrong = set(parked.items()) ^ set(ledger.expected.items())
    positions = [row[0] for row in world.rows("SELECT position FROM event_log ORDER BY position")] if log else []
    gaps = sum(position != place for place, position in enumerate(positions, 1))
    inverted = inversions([row for row in rows if row.handler == "ordered"])
    unfinished = _looked(world)
    examples = [*sorted(lost)[:3], *sorted(ghosts)[:3], *doubled[:3], *inverted[:3], *map(str, sorted(wrong)[:5])]
    stuck = unfinished[0] if unfinished else -1
    return Verdict(len(lost), len(ghosts), len(doubled), len(inverted), stuck, len(wrong), gaps, examples)


def inversions(rows: list[Any]) -> list[str]:
    """Ordered effects that came after a later one of their aggregate."""
    last: dict[str, int] = defaultdict(int)
    found = []
    for row in rows:
        if row.seq <= last[row.aggregate]:
            found.append(f"{row.aggregate}: {row.seq} after {last[row.aggregate]}")
        last[row.aggregate] = max(last[row.aggregate], row.seq)
    return found
