"""A right of one person on one object until a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from prm.identity.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Owned


@dataclass(kw_only=True)
class Grant(Owned):
    """`person_id` gets it and owns the row, `org_id` is her organisation; `resource` and `object_id` name what it is about."""

    person_id: str
    resource: str
    object_id: str
    actions: list[str] = field(default_factory=list)
    expires_at: datetime
    granted_by: str
    revoked_at: datetime | None = None

    def live(self, at: datetime) -> bool:
        """Whether it gives anything at this time."""
        return self.revoked_at is None and self.expires_at > at

    def create(self) -> None:
        """Note that it was given."""
        self.record(events_pb2.GrantCreated(grant_id=self.id, person_id=self.person_id, object=f"{self.resource}/{self.object_id}"))

    def revoke(self, at: datetime) -> None:
        """End it now. Raises FailedPrecondition when it has ended already."""
        if not self.live(at):
            raise FailedPrecondition("It has ended already", reason="GRANT_ENDED")
        self.revoked_at = at
        self.record(events_pb2.GrantRevoked(grant_id=self.id, person_id=self.person_id))
