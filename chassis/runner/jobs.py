"""Do jobs that are due. A clock runs in a transaction that also takes its row away; an outside effect runs while its row is
locked, so a second runner passes it by and a crash lets it be done again."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from chassis.cause import Cause
from chassis.consumer.errors import Meaning, delay, describe, logged, meaning_of
from chassis.service import Effect
from chassis.store.system import SystemWork
from chassis.store.tables import jobs
from chassis.telemetry import tracing
from chassis.telemetry.metrics import BusMetrics

log = structlog.get_logger()
EFFECT_LIMIT = timedelta(seconds=10)
RACE_DELAY = timedelta(milliseconds=200)

_DUE = "SELECT kind, key FROM jobs WHERE parked_at IS NULL AND due_at <= :now AND kind = ANY(:kinds) ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"
_TAKE = sa.text(f"DELETE FROM jobs WHERE (kind, key) = ({_DUE}) RETURNING kind, key, due_at, payload, attempts").columns(
    payload=jobs.c.payload.type
)
_LOCK = sa.text(_DUE.replace("kind, key FROM", "kind, key, due_at, payload, attempts FROM", 1)).columns(payload=jobs.c.payload.type)
_DONE = sa.text("DELETE FROM jobs WHERE kind = :kind AND key = :key")
# A handler that hangs loses its session, and with it the lock, so that another runner can take over.
_GUARD = sa.text("SELECT set_config('idle_in_transaction_session_timeout', :ms, true)")
# Only if nobody scheduled the job anew meanwhile.
_LATER = sa.text(
    "UPDATE jobs SET attempts = attempts + 1, last_error = :error, due_at = coalesce(:next, due_at), parked_at = :parked"
    " WHERE kind = :kind AND key = :key AND due_at = :due_at"
)
_UNFINISHED = sa.text("SELECT count(*) FROM jobs WHERE parked_at IS NULL AND due_at <= :now AND kind = ANY(:kinds)")


class Jobs:
    """The jobs of one service."""

    def __init__(self, work: SystemWork, metrics: BusMetrics) -> None:
        self._work, self._metrics = work, metrics
        self._clocks, self._effects = work.service.jobs, work.service.effects

    def run_clock(self) -> bool:
        """Do the clock that is due first; -> whether there was one. Raises Unavailable while the database is away."""
        if not self._clocks:
            return False
        found: list[Any] = []
        try:
            self._run_clock(found)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a handler raises is written down
            self._failed(found, error)
        return bool(found)

    def _run_clock(self, found: list[Any]) -> None:
        with self._work.transaction(Cause(traceparent=tracing.traceparent())) as tx:
            row = tx.connection.execute(_TAKE, {"now": tx.now, "kinds": list(self._clocks)}).one_or_none()
            if row is None:
                return
            found.append(row)
            tx.cause = Cause(causation_id=f"job/{row.kind}/{row.key}"[:200], action=row.kind)
            with self._observed(row):
                self._clocks[row.kind](tx, row.key, row.payload)

    def run_effect(self) -> bool:
        """Do the outside effect that is due first; as `run_clock`. May run in two threads at once."""
        if not self._effects:
            return False
        found: list[Any] = []
        began = time.monotonic()
        try:
            self._run_effect(found)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a handler raises is written down
            self._failed(found, error, overran=time.monotonic() - began >= EFFECT_LIMIT.total_seconds())
        return bool(found)

    def _run_effect(self, found: list[Any]) -> None:
        with self._work.database.writing() as connection:
            connection.execute(_GUARD, {"ms": str(int(EFFECT_LIMIT.total_seconds() * 1000))})
            now = self._work.clock.now()
            row = connection.execute(_LOCK, {"now": now, "kinds": list(self._effects)}).one_or_none()
            if row is None:
                return
            found.append(row)
            effect = Effect(row.kind, row.key, row.payload, row.attempts + 1, connection, self._work.settings, now)
            with self._observed(row):
                self._effects[row.kind](effect)
            connection.execute(_DONE, {"kind": row.kind, "key": row.key})

    def _failed(self, found: list[Any], error: BaseException, *, overran: bool = False) -> None:
        meaning = meaning_of(error)
        if not found or (meaning is Meaning.AWAY and not overran):
            raise error
        row, now = found[0], self._work.clock.now()
        log.warning("job_failed", kind=row.kind, key=row.key, attempt=row.attempts + 1, meaning=meaning.name, **logged(error))
        wait = RACE_DELAY if meaning is Meaning.RACE else None if meaning is Meaning.PERMANENT else delay(row.attempts + 1, error)
        values = {
            "kind": row.kind,
            "key": row.key,
            "due_at": row.due_at,
            "error": describe(error),
            "next": None if wait is None else now + wait,
            "parked": now if wait is None else None,
        }
        with self._work.database.writing() as connection:
            connection.execute(_LATER, values)

    @contextmanager
    def _observed(self, row: Any) -> Iterator[None]:
        began, outcome = time.perf_counter(), "failed"
        with tracing.tracer.start_as_current_span(f"job {row.kind}"):
            try:
                yield
                outcome = "done"
            finally:
                seconds = time.perf_counter() - began
                self._metrics.job.labels(self._work.service.name, row.kind, outcome).observe(seconds)


def unfinished(connection: sa.Connection, kinds: Collection[str], now: datetime) -> int:
    """How many jobs of these kinds are due; for whoever moves the test clock and waits for its effects."""
    return int(connection.scalar(_UNFINISHED, {"now": now, "kinds": list(kinds)}) or 0)
