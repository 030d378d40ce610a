"""An organisation and its life (domain.md 1, from onboarding on)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from prm.identity.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Owned

VENDOR = "vendor"


class State(Enum):
    """Where it stands. People of suspended and terminated organisations have no access."""

    ONBOARDING = "onboarding"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


CLOSED = (State.SUSPENDED, State.TERMINATED)


class WrongState(FailedPrecondition):
    """What was asked does not follow from where the organisation stands."""

    reason = "ORGANIZATION_STATE"


@dataclass(kw_only=True)
class Organization(Owned):
    """A company. `org_id` is its own id, `org_path` its place in the tree now, `owner_id` its channel manager or empty."""

    parent_id: str
    name: str
    types: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    tax_id: str = ""
    country: str = ""
    time_zone: str = "UTC"
    tier: str = ""
    regions: list[str] = field(default_factory=list)
    state: State = State.ONBOARDING

    @property
    def is_vendor(self) -> bool:
        """Whether it is the vendor, the root of the tree."""
        return not self.parent_id

    @property
    def closed(self) -> bool:
        """Whether its people have no access."""
        return self.state in CLOSED

    def create(self) -> None:
        """Note that it was added."""
        self.record(
            events_pb2.OrganizationCreated(
                organization_id=self.id,
                parent_id=self.parent_id,
                name=self.name,
                types=self.types,
                country=self.country,
                time_zone=self.time_zone,
            )
        )

    def update(self, values: Mapping[str, Any]) -> None:
        """Take over new values by field; nothing happens when all stand already. Raises WrongState once terminated."""
        self._require(State.ONBOARDING, State.ACTIVE, State.SUSPENDED)
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        if changed:
            self.record(self._updated(["channel_manager_id" if name == "owner_id" else name for name in changed]))

    def _updated(self, fields: list[str]) -> events_pb2.OrganizationUpdated:
        return events_pb2.OrganizationUpdated(
            organization_id=self.id,
            name=self.name,
            types=self.types,
            country=self.country,
            time_zone=self.time_zone,
            channel_manager_id=self.owner_id,
            fields=fields,
        )

    def activate(self) -> None:
        """Onboarding is done."""
        self._require(State.ONBOARDING)
        self.state = State.ACTIVE
        self.record(events_pb2.OrganizationActivated(organization_id=self.id))

    def suspend(self, reason: str) -> None:
        """Close it for now; the vendor cannot be closed."""
        self._require(State.ONBOARDING, State.ACTIVE)
        self._require_partner()
        self.state = State.SUSPENDED
        self.record(events_pb2.OrganizationSuspended(organization_id=self.id, reason=reason))

    def reactivate(self) -> None:
        """Open it again."""
        self._require(State.SUSPENDED)
        self.state = State.ACTIVE
        self.record(events_pb2.OrganizationReactivated(organization_id=self.id))

    def terminate(self, reason: str) -> None:
        """Close it for good; the vendor cannot be closed."""
        self._require(State.ONBOARDING, State.ACTIVE, State.SUSPENDED)
        self._require_partner()
        self.state = State.TERMINATED
        self.record(events_pb2.OrganizationTerminated(organization_id=self.id, reason=reason))

    def move(self, parent: Organization) -> None:
        """Stand below another organisation. Raises FailedPrecondition where the tree would lose its shape."""
        self._require_partner()
        if parent.org_path.startswith(self.org_path):
            raise FailedPrecondition("It cannot stand below itself", reason="ORGANIZATION_CYCLE")
        if parent.closed:
            raise WrongState(f"{parent.name} is {parent.state.value}")
        if parent.id == self.parent_id:
            return
        before, self.parent_id = self.parent_id, parent.id
        self.org_path = f"{parent.org_path}{self.id}."
        self.record(events_pb2.OrganizationMoved(organization_id=self.id, from_parent_id=before, to_parent_id=parent.id))

    def _require(self, *states: State) -> None:
        if self.state not in states:
            raise WrongState(f"It is {self.state.value}", metadata={"state": self.state.name})

    def _require_partner(self) -> None:
        if self.is_vendor:
            raise FailedPrecondition("That cannot be done with the vendor itself", reason="ORGANIZATION_IS_VENDOR")
