"""Apply several events in one transaction: most of what an event costs is its transaction.

Only events that nothing speaks against come into it. If anything goes wrong nothing of it has happened, and each is handled
by itself, which finds out what is to become of it. Where order counts, an event that is kept keeps all of its aggregate out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog
from google.protobuf.message import Message

from chassis.consumer import failures
from chassis.consumer.errors import Meaning, describe, meaning_of
from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import SUSPECT_DELIVERIES, DatabaseAway, Inbox, NotToBeApplied, Outcome, run
from chassis.events.subscriptions import Subscription
from chassis.failpoints import failpoint

log = structlog.get_logger()
# Less than PostgreSQL waits before it looks for a deadlock: it holds more rows than a command, and must be the one to give way.
_BRIEFLY = sa.text("SELECT set_config('lock_timeout', '200ms', true)")


class Ready(NamedTuple):
    """A delivery that nothing speaks against."""

    delivery: Delivery
    subscription: Subscription
    message: Message


def handle_all(inbox: Inbox, deliveries: Sequence[Delivery]) -> None:
    """Apply or keep deliveries of one consumer: together where that goes well, else one by one. Raises DatabaseAway."""
    done = together(inbox, deliveries) if len(deliveries) > 1 else []
    for delivery in deliveries:
        if delivery not in done:
            inbox.handle(delivery)


def together(inbox: Inbox, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
    """Apply in one transaction what is ready; -> which these were, none when it was undone. Raises DatabaseAway."""
    ready = sorted(_ready(inbox, deliveries), key=_place)
    if len(ready) < 2 or (ready[0].subscription.ordered and len(ready) < len(deliveries)):
        return []
    try:
        return _apply(inbox, ready)
    except (Exception, SystemExit) as error:
        if meaning_of(error) is Meaning.AWAY:
            raise DatabaseAway from error
        log.info("events_undone", consumer=ready[0].delivery.consumer, count=len(ready), error=describe(error))
        return []


def _ready(inbox: Inbox, deliveries: Sequence[Delivery]) -> Iterator[Ready]:
    for delivery in deliveries:
        if delivery.deliveries < SUSPECT_DELIVERIES:
            with suppress(NotToBeApplied):
                yield Ready(delivery, *inbox.opened(delivery))


def _place(item: Ready) -> tuple[str, int]:
    """All such transactions go through the aggregates in one order, so that two seldom wait for each other crosswise."""
    return item.delivery.envelope.aggregate, item.delivery.envelope.aggregate_seq


def _apply(inbox: Inbox, ready: Sequence[Ready]) -> list[Delivery]:
    with ExitStack() as committed:
        with inbox.work.database.writing() as connection:
            connection.execute(_BRIEFLY)
            free = _in_order(connection, ready) if ready[0].subscription.ordered else ready
            events = [item.delivery.envelope.event_id for item in free]
            fresh = failures.claim(connection, ready[0].delivery.consumer, events, inbox.work.clock.now())
            for item in free:
                outcomes = committed.enter_context(inbox.observed(item.delivery))
                outcomes.append(_part(inbox, connection, item, fresh))
        failpoint("inbox.committed")
    return [item.delivery for item in free]


def _in_order(connection: sa.Connection, ready: Sequence[Ready]) -> Sequence[Ready]:
    """Those whose aggregates have nothing that waits."""
    consumer, aggregates = ready[0].delivery.consumer, {item.delivery.envelope.aggregate for item in ready}
    failures.lock_aggregates(connection, consumer, aggregates)
    waiting = failures.waiting(connection, consumer, aggregates)
    return [item for item in ready if item.delivery.envelope.aggregate not in waiting]


def _part(inbox: Inbox, connection: sa.Connection, item: Ready, fresh: set[UUID]) -> Outcome:
    """What one event does to the transaction; it leaves `fresh`, as it may be there twice."""
    envelope = item.delivery.envelope
    if envelope.event_id not in fresh:
        return Outcome.REPEATED
    fresh.remove(envelope.event_id)
    with inbox.part(connection, envelope) as tx:
        run(item.subscription, item.message, tx, envelope)
    return Outcome.APPLIED
