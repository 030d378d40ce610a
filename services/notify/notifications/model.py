"""A notification and its states: waiting → shown → (read); withdrawn from both, when what it tells was undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from prm.notify.v1 import events_pb2

from chassis.store.entity import Owned


class State(Enum):
    """Where a notification stands. A waiting one is seen by nobody."""

    WAITING = "waiting"
    SHOWN = "shown"
    WITHDRAWN = "withdrawn"


@dataclass(kw_only=True)
class Notification(Owned):
    """`owner_id` is told that something happened to `subject`, `<resource>/<id>`, but not before `visible_at`.

    `parameters` are values for the text: ids, numbers, times; no names and no free text. `event_id` caused it. `portal`
    and `email` are what the person had chosen then.
    """

    kind: str
    subject: str
    parameters: dict[str, str]
    actor_id: str
    event_id: str
    visible_at: datetime
    portal: bool
    email: bool
    state: State = State.WAITING
    read_at: datetime | None = None

    def create(self) -> None:
        """It exists, and waits."""
        fact = events_pb2.NotificationCreated(notification_id=self.id, person_id=self.owner_id, kind=self.kind, subject=self.subject)
        fact.visible_time.FromDatetime(self.visible_at)
        self.record(fact)

    def show(self) -> bool:
        """From now on it is seen; -> False for one that was withdrawn meanwhile or is shown already."""
        if self.state is not State.WAITING:
            return False
        self.state = State.SHOWN
        self.record(events_pb2.NotificationShown(notification_id=self.id, person_id=self.owner_id))
        return True

    def withdraw(self) -> None:
        """What it tells was undone; no-op for one that is withdrawn."""
        if self.state is not State.WITHDRAWN:
            self.state = State.WITHDRAWN
            self.record(events_pb2.NotificationWithdrawn(notification_id=self.id))

    def read(self, at: datetime) -> bool:
        """Its reader has seen it; -> False for one that was read before or cannot be seen."""
        if self.state is not State.SHOWN or self.read_at is not None:
            return False
        self.read_at = at
        self.record(events_pb2.NotificationRead(notification_id=self.id))
        return True
