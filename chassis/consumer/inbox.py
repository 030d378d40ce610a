"""Apply an event exactly once: the inbox row, the effects and their own events are one transaction.

Whatever happens, an event ends applied or kept: `handle` returns when the delivery may be acknowledged, and raises
DatabaseAway when nothing could be decided. It knows nothing of the broker; consumer and runner both use it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum

import sqlalchemy as sa
import structlog
from google.protobuf.message import Message
from opentelemetry import trace

from chassis.cause import Cause
from chassis.consumer import failures
from chassis.consumer.errors import Meaning, delay, describe, digest, fingerprint, logged, meaning_of
from chassis.consumer.failures import Delivery, Failure
from chassis.errors import Unavailable
from chassis.events.envelope import Envelope, Undecodable, decode
from chassis.events.subscriptions import Subscription
from chassis.events.tables import BODY_LIMIT
from chassis.failpoints import failpoint
from chassis.store.system import SystemWork
from chassis.store.transaction import Transaction
from chassis.telemetry import tracing
from chassis.telemetry.metrics import BusMetrics

log = structlog.get_logger()
RACE_ATTEMPTS = 3
SUSPECT_DELIVERIES = 3
PERSONAL_ALLOWANCE = 65_536  # bytes that personal fields may add to a body


class DatabaseAway(Exception):
    """Nothing is known of the event's fate: settle nothing, wait, and handle it again."""


class Outcome(Enum):
    """How an event ended."""

    APPLIED = "applied"
    REPEATED = "repeated"
    HELD = "held"
    RETRY = "retry"
    PARKED = "parked"
    SUSPECT = "suspect"


class NotToBeApplied(Exception):
    """The event can be parked without a handler having seen it."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Inbox:
    """The inbox of one service."""

    def __init__(self, work: SystemWork, subscriptions: Iterable[Subscription], metrics: BusMetrics) -> None:
        self.work, self.metrics = work, metrics
        self._subscriptions = {(item.consumer, item.type): item for item in subscriptions}

    def handle(self, delivery: Delivery) -> Outcome:
        """Apply or keep. Raises DatabaseAway."""
        if delivery.deliveries >= SUSPECT_DELIVERIES:
            return self.suspect(delivery)
        try:
            subscription, message = self.opened(delivery)
        except NotToBeApplied as refusal:
            return self.park(delivery, refusal.reason, str(refusal))
        with self.observed(delivery) as outcomes:
            outcomes.append(self._handled(delivery, subscription, message))
            return outcomes[0]

    def _handled(self, delivery: Delivery, subscription: Subscription, message: Message) -> Outcome:
        for attempt in range(1, RACE_ATTEMPTS + 1):
            try:
                return self._apply(delivery, subscription, message)
            except (Exception, SystemExit) as error:
                meaning = meaning_of(error)
                if meaning is Meaning.AWAY:
                    raise DatabaseAway from error
                if meaning is not Meaning.RACE or attempt == RACE_ATTEMPTS:
                    return self._failed(delivery, error, meaning)
        raise AssertionError("unreachable")

    def opened(self, delivery: Delivery) -> tuple[Subscription, Message]:
        """The handler and the decoded event. Raises NotToBeApplied."""
        envelope = delivery.envelope
        subscription = self._subscriptions.get((delivery.consumer, envelope.type))
        if len(delivery.body) > BODY_LIMIT + PERSONAL_ALLOWANCE:
            raise NotToBeApplied("oversize", f"{len(delivery.body)} bytes")
        if subscription is None:
            raise NotToBeApplied("unknown_type", f"{delivery.consumer} has no handler for {envelope.type[:120]}")
        if envelope.event_id is None:
            raise NotToBeApplied("undecodable", "message_id is no UUID")
        try:
            return subscription, decode(subscription.message, envelope.content_type, delivery.body)
        except Undecodable as error:
            raise NotToBeApplied("undecodable", str(error)) from error

    def _apply(self, delivery: Delivery, subscription: Subscription, message: Message) -> Outcome:
        with self.transaction(delivery.envelope) as tx:
            if subscription.ordered and self._must_wait(tx, delivery):
                return Outcome.HELD
            if not failures.claim(tx.connection, delivery.consumer, [delivery.envelope.event_id], tx.now):
                return Outcome.REPEATED
            run(subscription, message, tx, delivery.envelope)
        failpoint("inbox.committed")
        return Outcome.APPLIED

    def _must_wait(self, tx: Transaction, delivery: Delivery) -> bool:
        failures.lock_order(tx.connection, delivery)
        if not failures.blocked(tx.connection, delivery):
            return False
        failures.store(tx.connection, delivery, Failure("held", "held", fingerprint=digest("held", delivery.consumer)), tx.now)
        return True

    def transaction(self, envelope: Envelope) -> AbstractContextManager[Transaction]:
        """A transaction of the system that this event causes."""
        return self.work.transaction(_cause(envelope), envelope.actor)

    def part(self, connection: sa.Connection, envelope: Envelope) -> AbstractContextManager[Transaction]:
        """What this event causes in a transaction that is open."""
        return self.work.part(connection, _cause(envelope), envelope.actor)

    def _failed(self, delivery: Delivery, error: BaseException, meaning: Meaning) -> Outcome:
        log.warning("event_failed", **names(delivery), meaning=meaning.name, **logged(error))
        if meaning is Meaning.PERMANENT:
            self._store(delivery, Failure("parked", "permanent", describe(error), fingerprint(error), attempts=1))
            return Outcome.PARKED
        wait = delay(1, error)
        due = None if wait is None else self.work.clock.now() + wait
        self._store(delivery, Failure("retry", "transient", describe(error), fingerprint(error), attempts=1, next_attempt_at=due))
        return Outcome.RETRY

    def park(self, delivery: Delivery, reason: str, text: str) -> Outcome:
        """Keep an event until a person decides. Raises DatabaseAway."""
        log.error("event_parked", **names(delivery), reason=reason)
        self._store(delivery, Failure("parked", reason, text, digest(reason, delivery.consumer, delivery.envelope.type)))
        return Outcome.PARKED

    def suspect(self, delivery: Delivery) -> Outcome:
        """Keep an event that several deliveries did not end: the runner tries it alone. Raises DatabaseAway."""
        log.warning("event_suspect", **names(delivery), deliveries=delivery.deliveries)
        group = digest("suspect", delivery.consumer, delivery.envelope.type)
        self._store(delivery, Failure("suspect", "suspect", fingerprint=group, next_attempt_at=self.work.clock.now()))
        return Outcome.SUSPECT

    def _store(self, delivery: Delivery, failure: Failure) -> None:
        try:
            with self.work.database.writing() as connection:
                failures.store(connection, delivery, failure, self.work.clock.now())
        except Unavailable as error:
            raise DatabaseAway from error

    @contextmanager
    def observed(self, delivery: Delivery) -> Iterator[list[Outcome]]:
        """A span in the trace of whoever caused the event, and the time it took."""
        began = time.perf_counter()
        outcomes: list[Outcome] = []
        remote = tracing.parent(delivery.envelope.headers.get("traceparent", ""))
        name = f"handle {delivery.envelope.type}"
        with tracing.tracer.start_as_current_span(name, context=remote, kind=trace.SpanKind.CONSUMER) as span:
            span.set_attribute("messaging.consumer", delivery.consumer)
            yield outcomes
            outcome = outcomes[0].value if outcomes else "unknown"
            span.set_attribute("prm.outcome", outcome)
        self.metrics.handled.labels(self.work.service.name, delivery.consumer, outcome).observe(time.perf_counter() - began)


def names(delivery: Delivery) -> dict[str, str]:
    """What a log line says of a delivery."""
    envelope = delivery.envelope
    return {"consumer": delivery.consumer, "event_id": str(envelope.event_id), "type": envelope.type}


def _cause(envelope: Envelope) -> Cause:
    return Cause(
        correlation_id=envelope.headers.get("correlation_id", ""),
        causation_id=str(envelope.event_id),
        traceparent=tracing.traceparent() or envelope.headers.get("traceparent", ""),
    )


def run(subscription: Subscription, message: Message, tx: Transaction, envelope: Envelope) -> None:
    """Run the handler of an event that the inbox has just claimed."""
    failpoint("inbox.claimed")
    call(subscription, message, tx, envelope)
    failpoint("inbox.applied")


def call(subscription: Subscription, message: Message, tx: Transaction, envelope: Envelope) -> None:
    """Run the handler."""
    if subscription.envelope:
        subscription.handler(message, tx, envelope)
    else:
        subscription.handler(message, tx)
