"""The loop that never sleeps long: number what was committed, publish it, and wake the worker when something is due."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import TupleRow
from sqlalchemy.engine import URL

from chassis.clock import Clock
from chassis.events import log as event_log
from chassis.events.broker import IN_DOUBT, addresses
from chassis.events.envelope import LoggedEvent
from chassis.events.publisher import Publisher
from chassis.service import Service
from chassis.store.database import NETWORK
from chassis.telemetry.metrics import BusMetrics

log = structlog.get_logger()
POLL_SECONDS = 0.05
RECONNECT_SECONDS = (0.5, 5.0)
STATEMENT_MS = 30_000
IDLE_MS = 10_000  # a process that froze with the head locked loses its session, so that another goes on
ASLEEP_MS = 12_000  # one that froze otherwise does too, as it may be the one that publishes; longer than it waits for confirms
AWAKE_SECONDS = 1.0

# One look at everything that may have to be done; each part is one step in an index.
_LOOK = """
SELECT (SELECT id FROM outbox ORDER BY id LIMIT 1) IS NOT NULL, h.position > h.published,
  EXISTS (SELECT FROM outbox_held WHERE next_attempt_at <= %(now)s OR next_attempt_at > %(beyond)s),
  EXISTS (SELECT FROM audit_outbox WHERE ready_at IS NULL OR ready_at <= %(now)s)
  OR EXISTS (SELECT FROM jobs WHERE parked_at IS NULL AND due_at <= %(now)s AND kind = ANY(%(kinds)s))
  OR EXISTS (SELECT FROM inbox_failure WHERE state IN ('retry', 'suspect') AND next_attempt_at <= %(now)s)
FROM log_head h"""


class Broker:
    """The broker as the relay sees it: connected when needed, left alone for a while after it failed.

    Of several nodes the next one has its turn then: one that its peers have lost takes connections and confirms nothing.
    """

    def __init__(self, url: str, name: str, subscribed: frozenset[str]) -> None:
        self._nodes, self._name, self._subscribed = deque(addresses(url)), name, subscribed
        self._publisher: Publisher | None = None
        self._not_before, self._failures = 0.0, 0

    def ready(self) -> bool:
        """Whether publishing may be tried: not in the pause after a failure, no alarm of the broker."""
        if time.monotonic() < self._not_before:
            return False
        try:
            if self._publisher is None:
                self._publisher = Publisher(self._nodes[0], self._name, self._subscribed)
                log.info("broker_connected", name=self._name)
            self._publisher.poll()
        except IN_DOUBT as error:
            self.drop(error)
            return False
        self._failures = 0
        return not self._publisher.blocked

    def publish(self, events: Sequence[LoggedEvent]) -> Mapping[UUID, str]:
        """As Publisher.publish."""
        if self._publisher is None:
            raise ConnectionError("not connected")
        return self._publisher.publish(events)

    def drop(self, error: BaseException) -> None:
        """Forget the connection and wait before the next, longer each time."""
        log.warning("broker_away", name=self._name, error=type(error).__name__)
        self.close()
        self._nodes.rotate(-1)
        low, high = RECONNECT_SECONDS
        spread = random.uniform(0.8, 1.2)  # noqa: S311  # so that six services do not knock at once
        self._not_before = time.monotonic() + min(high, low * 2**self._failures) * spread
        self._failures += 1

    def close(self) -> None:
        """Close the socket."""
        if self._publisher is not None:
            self._publisher.drop()
            self._publisher = None


class Relay:
    """One service's relay. `step` does one round; `run` repeats it in a thread of its own."""

    def __init__(self, service: Service, url: URL, broker: Broker, clock: Clock, metrics: BusMetrics) -> None:
        self._service, self._broker, self._clock, self._metrics = service.name, broker, clock, metrics
        self._kinds = [*service.jobs, *service.effects]  # a newer release may have staged others: those wait for their runner
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._db: psycopg.Connection[TupleRow] | None = None
        self._leads, self._awake = False, 0.0
        self.work_due = threading.Event()
        self.database_away = False

    def run(self, stopping: threading.Event) -> None:
        """Until told to stop. The database or the broker may be away meanwhile."""
        while not stopping.is_set():
            try:
                pause = 0.0 if self.step() else POLL_SECONDS
                self.database_away = False
            except psycopg.Error as error:
                log.warning("relay_database_away", service=self._service, error=type(error).__name__)
                self._disconnect()
                self.database_away = True
                pause = 1.0
            stopping.wait(pause)
        self.close()

    def step(self) -> bool:
        """One round; -> whether there is more to do at once. Raises psycopg.Error."""
        db, now = self._connected(), self._clock.now()
        self._awake = time.monotonic()
        row = db.execute(_LOOK, {"now": now, "beyond": now + event_log.BEYOND, "kinds": self._kinds}).fetchone()
        staged, unpublished, held, work = row or (False, False, False, False)
        if work:
            self.work_due.set()
        numbered = event_log.number(db) if staged else 0
        if (numbered or unpublished or held) and self._may_publish(db):
            return self._publish(db, held=held) or numbered == event_log.BATCH
        return numbered == event_log.BATCH

    def _may_publish(self, db: event_log.Db) -> bool:
        """Whether it is this runner that publishes. One whose broker is away lets another do it."""
        if self._broker.ready():
            self._leads = self._leads or event_log.lead(db)
        elif self._leads:
            event_log.resign(db)
            self._leads = False
        return self._leads

    def _publish(self, db: event_log.Db, *, held: bool) -> bool:
        try:
            freed = event_log.publish_held(db, self._send, self._clock.now()) if held else 0
            return event_log.publish(db, self._send, self._clock.now()) == event_log.BATCH or freed > 0
        except IN_DOUBT as error:
            self._metrics.in_doubt.labels(self._service).inc()
            self._broker.drop(error)
            return False

    def _send(self, events: Sequence[LoggedEvent]) -> Mapping[UUID, str]:
        if self._db is not None and time.monotonic() - self._awake > AWAKE_SECONDS:  # a slow broker is no reason to lose the session
            self._db.execute("SELECT")
            self._awake = time.monotonic()
        refused = self._broker.publish(events)
        self._metrics.published.labels(self._service).inc(len(events) - len(refused))
        for reason in refused.values():
            self._metrics.refused.labels(self._service, reason).inc()
        if refused:
            log.error("events_refused", service=self._service, events={str(item): reason for item, reason in refused.items()})
        return refused

    def _connected(self) -> psycopg.Connection[TupleRow]:
        if self._db is None:
            idle = f"-c idle_in_transaction_session_timeout={IDLE_MS} -c idle_session_timeout={ASLEEP_MS}"
            options = f"-c statement_timeout={STATEMENT_MS} {idle} -c timezone=UTC"
            name = f"{self._service}-relay"
            self._db = psycopg.connect(self._conninfo, autocommit=True, application_name=name, options=options, **NETWORK)
        return self._db

    def close(self) -> None:
        """Leave database and broker."""
        self._disconnect()
        self._broker.close()

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db, self._leads = None, False
