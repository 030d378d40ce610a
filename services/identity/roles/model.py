"""A role: what its holders may do where, which fields they read, whom they may give what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prm.identity.v1 import events_pb2

from chassis.store.entity import Entity

SCOPES = ("own", "org", "subtree", "assigned", "all")
KINDS = ("vendor", "partner", "system")
ADMINISTRATOR = "administrator"


@dataclass(kw_only=True)
class Role(Entity):
    """`id` is its name in code. `permissions` is resource → action → scopes; `approval_limit` the highest amount it may
    approve, in minor units of the programme's currency. `kind` says whom it is for: vendor, partner or system."""

    kind: str
    permissions: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    readable_fields: list[str] = field(default_factory=list)
    approval_limit: int = 0
    grantable_roles: list[str] = field(default_factory=list)
    toxic_with: list[str] = field(default_factory=list)
    shipped: bool = False

    def create(self) -> None:
        """Note that it was added."""
        self.record(events_pb2.RoleCreated(role_id=self.id))

    def update(self, values: Mapping[str, Any]) -> None:
        """Take over new values by field; nothing happens when all stand already."""
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        if changed:
            self.record(events_pb2.RoleUpdated(role_id=self.id))

    def allowed(self) -> list[str]:
        """What its holders may do somewhere, as `resource.action`."""
        return [f"{resource}.{action}" for resource, actions in self.permissions.items() for action in actions]
