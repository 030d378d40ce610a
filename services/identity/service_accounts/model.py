"""The account of an internal system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prm.identity.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Owned


@dataclass(kw_only=True)
class ServiceAccount(Owned):
    """It belongs to the vendor. `public_key` is a JSON Web Key, as text, for signed assertions; secrets are kept apart."""

    name: str
    roles: list[str] = field(default_factory=list)
    public_key: str = ""
    disabled: bool = False
    not_before: datetime | None = None
    last_used_at: datetime | None = None

    def create(self) -> None:
        """Note that it was added."""
        self.record(events_pb2.ServiceAccountCreated(service_account_id=self.id))

    def update(self, values: Mapping[str, Any]) -> None:
        """Take over new values by field; nothing happens when all stand already."""
        self._require_open()
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        if changed:
            self.record(events_pb2.ServiceAccountUpdated(service_account_id=self.id, fields=changed))

    def rotate_secret(self) -> None:
        """Note that it has a new secret."""
        self._require_open()
        self.record(events_pb2.ServiceAccountUpdated(service_account_id=self.id, fields=["secret"]))

    def disable(self, at: datetime) -> None:
        """Close it for good."""
        self._require_open()
        self.disabled, self.not_before = True, at
        self.record(events_pb2.ServiceAccountDisabled(service_account_id=self.id))

    def _require_open(self) -> None:
        if self.disabled:
            raise FailedPrecondition("The account is closed", reason="SERVICE_ACCOUNT_DISABLED")
