"""A key that tokens are signed with. The private half is a file, never a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prm.identity.v1 import facts_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Entity


@dataclass(kw_only=True)
class SigningKey(Entity):
    """`id` is its kid, `x` its public half (RFC 8037). It signs from `usable_from` on, and counts until `retired_at`."""

    x: str
    usable_from: datetime
    retired_at: datetime | None = None

    def publish(self) -> facts_pb2.SigningKeyPublished:
        """Make it known, ahead of its use: who verifies must have it when the first token comes."""
        fact = facts_pb2.SigningKeyPublished(key_id=self.id, x=self.x, version=1)
        self.record(fact)
        return fact

    def retire(self, at: datetime) -> facts_pb2.SigningKeyRetired:
        """Refuse its tokens from now on."""
        if self.retired_at is not None:
            raise FailedPrecondition("It is retired already", reason="SIGNING_KEY_RETIRED")
        self.retired_at = at
        fact = facts_pb2.SigningKeyRetired(key_id=self.id, version=2)
        self.record(fact)
        return fact
