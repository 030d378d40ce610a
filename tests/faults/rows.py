"""All rows, in the order in which they are worth running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults import broker, cluster, database, disorder, kills, stock, strain, suite
from tests.faults.lab import Lab
from tests.faults.report import Result

MINUTES = 60.0


@dataclass(frozen=True)
class Row:
    """A fault. `seconds` is the most it may take."""

    name: str
    what: str
    run: Callable[[Lab], Iterator[Result]]
    seconds: float = 20 * MINUTES


ROWS = {
    row.name: row
    for row in [
        Row("kills", "SIGKILL of runners and consumers, 50 in 60 s, 20,000 events, three seeds", kills.kills),
        Row("failpoints", "a process ends at each of 9 failpoints, 20 times each", kills.failpoints),
        Row("broker", "the broker is killed in the middle of publishing × 10, frozen for 30 s × 5", broker.broker),
        Row("postgres", "PostgreSQL is killed × 5", database.killed),
        Row("sessions", "all sessions of PostgreSQL are ended, once a second", database.ended),
        Row("commits", "the answer to COMMIT is dropped × 200", database.commits),
        Row("down", "PostgreSQL is away for 5 minutes with 10,000 events queued", database.down),
        Row("disk", "PostgreSQL's disk is full for 20 s", database.full),
        Row("duplicates", "20,000 events × 1–5, out of order within 50", disorder.duplicates),
        Row("poison", "10 each of 8 kinds of poison among 5,000 good events", disorder.poison),
        Row("slow", "one handler is slow", strain.slow),
        Row("alarm", "the broker is out of memory for 60 s at 100 events/s", broker.alarm),
        Row("clock", "the clock jumps by ± 1 h and ± 1 day", strain.clocks),
        Row("frozen", "a runner freezes for 30 s", strain.frozen),
        Row("rolling", "every process is restarted in turn at 100 events/s", strain.rolling),
        Row("replay", "1,000 parked events are replayed twice", disorder.replays),
        Row("control", "stock nameko under the same faults has to fail", stock.control),
        Row("suite", "kill -9 of every process and server of a suite in turn", suite.killed_in_turn),
        Row("store", "the object store dies during an upload", suite.store),
        Row("policy", "OPA dies; its bundle is corrupted, unsigned, foreign or stale", suite.policy),
        Row("cluster", "a broker of three nodes: partitions, a kill, a rolling restart", cluster.cluster),
        Row("soak", "a random fault each 30 s for 20 minutes (--minutes)", suite.soak, 40 * MINUTES),
    ]
}
