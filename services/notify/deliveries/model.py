"""An e-mail on its way: waiting → sent | failed | cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from prm.notify.v1 import events_pb2

from chassis.store.entity import Owned


class State(Enum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(kw_only=True)
class Delivery(Owned):
    """An e-mail to `owner_id` about `subject`. Neither the address nor the text is kept: they are made when it is sent.

    `error` is a code; `notification_id` is empty for an invitation.
    """

    notification_id: str
    kind: str
    subject: str
    event_id: str
    channel: str = "email"
    state: State = State.WAITING
    attempts: int = 0
    sent_at: datetime | None = None
    error: str = ""

    def create(self) -> None:
        """It waits to be sent."""
        self.record(events_pb2.DeliveryScheduled(delivery_id=self.id, person_id=self.owner_id, kind=self.kind))

    def sent(self, at: datetime, attempts: int) -> None:
        """The mail server took it. True also for one that was cancelled in the same moment."""
        self.state, self.sent_at, self.attempts, self.error = State.SENT, at, attempts, ""
        self.record(events_pb2.DeliverySent(delivery_id=self.id))

    def fail(self, error: str, attempts: int) -> None:
        """It will not be tried again."""
        if self.state is State.WAITING:
            self.state, self.attempts, self.error = State.FAILED, attempts, error
            self.record(events_pb2.DeliveryFailed(delivery_id=self.id, error=error, attempts=attempts))

    def cancel(self) -> None:
        """It will not be sent; no-op for one that is not waiting."""
        if self.state is State.WAITING:
            self.state = State.CANCELLED
            self.record(events_pb2.DeliveryCancelled(delivery_id=self.id))
