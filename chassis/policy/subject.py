"""Who acts, with all facts that decide what she may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Grant:
    """Leave to act on one object until `expires_at`, in epoch seconds."""

    resource: str
    object: str
    actions: tuple[str, ...]
    expires_at: float

    def as_input(self) -> dict[str, Any]:
        """As the policies read it."""
        return {"resource": self.resource, "object": self.object, "actions": list(self.actions), "expires_at": self.expires_at}


@dataclass(frozen=True)
class Subject:
    """A person, a service account or the suite itself. Empty fields mean that it is not known, and unknown is refused.

    `kind` is vendor, partner, system or anonymous. `org_path` ends with a dot. `epoch`, `org_version` and `roles_version`
    are the versions of the facts it was made from.
    """

    id: str
    kind: str
    org_id: str = ""
    org_path: str = ""
    org_state: str = ""
    state: str = ""
    roles: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    tier: str = ""
    regions: tuple[str, ...] = ()
    org_types: tuple[str, ...] = ()
    epoch: int = 0
    org_version: int = 0
    roles_version: int = 0
    session_id: str = ""
    auth_level: str = ""
    on_behalf_of: str = ""

    @classmethod
    def anonymous(cls) -> Subject:
        """Nobody: may call what is public."""
        return cls(id="", kind="anonymous")

    def as_input(self) -> dict[str, Any]:
        """`input.subject` of the policies."""
        return {
            "id": self.id,
            "kind": self.kind,
            "org_id": self.org_id,
            "org_path": self.org_path,
            "org_state": self.org_state,
            "state": self.state,
            "roles": list(self.roles),
            "assigned": list(self.assigned),
            "grants": [grant.as_input() for grant in self.grants],
            "tier": self.tier,
            "regions": list(self.regions),
            "org_types": list(self.org_types),
            "auth_level": self.auth_level,
        }


def system_subject(service: str) -> Subject:
    """The suite itself in one service. Never made from anything that came over the wire."""
    return Subject(id=f"system:{service}", kind="system", state="active", org_state="active")
