"""Forget what has had its time, put right what a wrong clock put off, and look at the numbers that operators watch."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from chassis.runner.retries import BEYOND
from chassis.telemetry.metrics import BusMetrics

INBOX_DAYS = 400  # a republish from an older position is refused, so nothing older can come back
REQUEST_DAYS = 7
CHUNK = 5000

_OLD = (
    ("inbox", "consumer, event_id", "done_at", timedelta(days=INBOX_DAYS)),
    ("idempotency", "subject_id, request_id", "created_at", timedelta(days=REQUEST_DAYS)),
)
_LOOK = sa.text(
    "SELECT (SELECT count(*) FROM outbox) + h.position - h.published AS lag, (SELECT count(*) FROM outbox_held) AS held,"
    " (SELECT count(*) FROM audit_outbox) AS unsealed,"
    " (SELECT count(*) FROM jobs WHERE parked_at IS NULL AND due_at <= :now) AS due,"
    " (SELECT count(*) FROM jobs WHERE parked_at IS NOT NULL) AS parked FROM log_head h"
)
_PUT_OFF = sa.text("UPDATE jobs SET due_at = :now WHERE parked_at IS NULL AND attempts > 0 AND due_at > :beyond")
_FAILURES = sa.text("SELECT state, count(*) AS number FROM inbox_failure WHERE state <> 'discarded' GROUP BY state")
STATES = ("retry", "held", "suspect", "parked")


def forget(connection: sa.Connection, now: datetime) -> int:
    """Delete a chunk of what is too old; -> how many rows. Call again while it is not 0."""
    total = 0
    for table, key, column, age in _OLD:
        old = f"SELECT {key} FROM {table} WHERE {column} < :before LIMIT {CHUNK}"
        total += connection.execute(sa.text(f"DELETE FROM {table} WHERE ({key}) IN ({old})"), {"before": now - age}).rowcount
    return total


def put_right(connection: sa.Connection, now: datetime) -> None:
    """Let jobs be tried that failed while the clock was ahead: the next attempt of none is as far away."""
    connection.execute(_PUT_OFF, {"now": now, "beyond": now + BEYOND})


def measure(connection: sa.Connection, service: str, metrics: BusMetrics, now: datetime) -> None:
    """Set the gauges of a service."""
    row = connection.execute(_LOOK, {"now": now}).one()
    metrics.outbox_lag.labels(service).set(row.lag)
    metrics.outbox_held.labels(service).set(row.held)
    metrics.audit_lag.labels(service).set(row.unsealed)
    metrics.jobs_due.labels(service).set(row.due)
    metrics.jobs_parked.labels(service).set(row.parked)
    numbers = {item.state: item.number for item in connection.execute(_FAILURES)}
    for state in STATES:
        metrics.failures.labels(service, state).set(numbers.get(state, 0))
