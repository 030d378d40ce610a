"""A sign-in on one device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from prm.identity.v1 import events_pb2

from chassis.store.entity import Entity


@dataclass(kw_only=True)
class Session(Entity):
    """It ends at `expires_at`, after `idle` without use, or early by `end`. Only the digest of its secret is kept.

    `method` is how its person proved herself, as RFC 8176 names it (`pwd`).
    """

    person_id: str
    digest: bytes
    method: str
    user_agent: str
    expires_at: datetime
    last_used_at: datetime
    ended_at: datetime | None = None
    end_reason: str = ""

    def start(self) -> None:
        """Note that it began."""
        self.record(events_pb2.SessionStarted(session_id=self.id, person_id=self.person_id))

    def alive(self, at: datetime, idle: timedelta) -> bool:
        """Whether it still stands for its person."""
        return self.ended_at is None and at < self.expires_at and at < self.last_used_at + idle

    def end(self, at: datetime, reason: str) -> None:
        """End it: signed_out, revoked, password_changed or deactivated. No-op when it has ended already."""
        if self.ended_at is None:
            self.ended_at, self.end_reason = at, reason
            self.record(events_pb2.SessionEnded(session_id=self.id, person_id=self.person_id, reason=reason))
