"""Try kept events again: those due for a retry, and suspects, one at a time.

The attempt is written before the run, in a transaction of its own, so that an event that kills the process cannot do so for
ever. While it runs its row is locked, so a second runner passes it by.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from chassis.consumer import failures
from chassis.consumer.errors import RETRY_SECONDS, Meaning, delay, describe, digest, fingerprint, logged, meaning_of
from chassis.consumer.failures import FailedEvent, Failure
from chassis.consumer.inbox import DatabaseAway, Inbox, NotToBeApplied, Outcome, call, names
from chassis.consumer.tables import inbox as inbox_table
from chassis.errors import Unavailable
from chassis.store.transaction import Transaction

log = structlog.get_logger()
SUSPECT_ATTEMPTS = 3
BEYOND = timedelta(hours=8)  # no delay is as long: what waits longer was written while the clock was wrong, and is due
LEASE = timedelta(seconds=2)  # until a run that ended with its process is tried again

_CLAIM = sa.text(
    "UPDATE inbox_failure SET attempts = attempts + 1, next_attempt_at = :lease WHERE id = (SELECT id FROM inbox_failure"
    " WHERE state IN ('retry', 'suspect') AND (next_attempt_at <= :now OR next_attempt_at > :beyond)"
    " ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING *"
)
_LOCK = sa.text("SELECT state FROM inbox_failure WHERE id = :id AND state IN ('retry', 'suspect') FOR UPDATE SKIP LOCKED")
_APPLIED = sa.text("INSERT INTO inbox (consumer, event_id, done_at) VALUES (:consumer, :event_id, :now) ON CONFLICT DO NOTHING").bindparams(
    sa.bindparam("event_id", type_=inbox_table.c.event_id.type)
)
_FORGET = sa.text("DELETE FROM inbox_failure WHERE id = :id")
_HOLD = sa.text("UPDATE inbox_failure SET state = 'held', attempts = 0, next_attempt_at = NULL WHERE id = :id")
_UPDATE = sa.text(
    "UPDATE inbox_failure SET state = :state, reason = :reason, error = :error, fingerprint = :fingerprint,"
    " next_attempt_at = :next_attempt_at, last_failed_at = :now WHERE id = :id"
)
_UNCOUNT = sa.text("UPDATE inbox_failure SET attempts = attempts - 1 WHERE id = :id")


class Retries:
    """Works off the kept events of one service."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox, self._database, self._clock = inbox, inbox.work.database, inbox.work.clock
        self._uncounted: list[int] = []

    def run_one(self) -> bool:
        """Try what is due first; -> whether there was anything. Raises Unavailable while the database is away."""
        failed = self._claim()
        if failed is None:
            return False
        if failed.attempts > (SUSPECT_ATTEMPTS if failed.state == "suspect" else len(RETRY_SECONDS) + 1):
            group = digest("crashed", failed.delivery.consumer, failed.delivery.envelope.type)
            self._update(failed, Failure("parked", "crashed", "it ended the process each time it was tried", group))
            return True
        try:
            self._run(failed)
        except DatabaseAway as away:
            self._uncounted.append(failed.id)
            raise Unavailable("The database is away", reason="DATABASE_UNAVAILABLE") from away
        return True

    def _claim(self) -> FailedEvent | None:
        now = self._clock.now()
        with self._database.writing() as connection:
            for uncounted in self._uncounted:
                connection.execute(_UNCOUNT, {"id": uncounted})
            row = connection.execute(_CLAIM, {"now": now, "beyond": now + BEYOND, "lease": now + LEASE}).one_or_none()
        self._uncounted.clear()
        return None if row is None else FailedEvent(row.id, row.state, row.attempts, failures.delivery_of(row))

    def _run(self, failed: FailedEvent) -> None:
        with self._inbox.observed(failed.delivery) as outcomes:
            try:
                outcomes.append(self._apply(failed))
            except NotToBeApplied as refusal:
                group = digest(refusal.reason, failed.delivery.consumer, failed.delivery.envelope.type)
                outcomes.append(self._update(failed, Failure("parked", refusal.reason, str(refusal), group)))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a handler raises is written down
                outcomes.append(self._failed(failed, error))

    def _apply(self, failed: FailedEvent) -> Outcome:
        delivery = failed.delivery
        subscription, message = self._inbox.opened(delivery)
        envelope = delivery.envelope
        with self._inbox.transaction(envelope) as tx:
            if tx.connection.execute(_LOCK, {"id": failed.id}).one_or_none() is None:
                return Outcome.REPEATED  # another runner has it, or a person decided meanwhile
            if subscription.ordered and self._must_wait(tx, failed):
                return Outcome.HELD
            values = {"consumer": delivery.consumer, "event_id": envelope.event_id, "now": tx.now}
            fresh = tx.connection.execute(_APPLIED, values).rowcount
            if fresh:
                call(subscription, message, tx, envelope)
            tx.connection.execute(_FORGET, {"id": failed.id})
            if subscription.ordered:
                failures.release(tx.connection, delivery.consumer, envelope.aggregate, tx.now)
        return Outcome.APPLIED if fresh else Outcome.REPEATED

    def _must_wait(self, tx: Transaction, failed: FailedEvent) -> bool:
        failures.lock_order(tx.connection, failed.delivery)
        if not failures.blocked(tx.connection, failed.delivery):
            return False
        tx.connection.execute(_HOLD, {"id": failed.id})
        return True

    def _failed(self, failed: FailedEvent, error: BaseException) -> Outcome:
        meaning = meaning_of(error)
        if meaning is Meaning.AWAY:
            raise DatabaseAway from error
        log.warning("event_failed", **names(failed.delivery), attempt=failed.attempts, meaning=meaning.name, **logged(error))
        text, group = describe(error), fingerprint(error)
        if meaning is Meaning.PERMANENT:
            return self._update(failed, Failure("parked", "permanent", text, group))
        wait = delay(failed.attempts, error)
        if wait is None:
            return self._update(failed, Failure("parked", "exhausted", text, group))
        return self._update(failed, Failure("retry", "transient", text, group, next_attempt_at=self._clock.now() + wait))

    def _update(self, failed: FailedEvent, failure: Failure) -> Outcome:
        if failure.state == "parked":
            log.error("event_parked", **names(failed.delivery), reason=failure.reason)
        values = {name: getattr(failure, name) for name in ("state", "reason", "error", "fingerprint", "next_attempt_at")}
        with self._database.writing() as connection:
            connection.execute(_UPDATE, values | {"id": failed.id, "now": self._now()})
        return Outcome.PARKED if failure.state == "parked" else Outcome.RETRY

    def _now(self) -> datetime:
        return self._clock.now()
