"""The role table of one version, and the part of it that a question needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

EVENT = "event"  # its policy shows an event to whoever may read the object it is about, so it needs all scopes of reading
READING = ("read", "read_draft")
Permissions = Mapping[str, Mapping[str, list[str]]]


@dataclass(frozen=True)
class Role:
    """What a role allows: resource → action → [scope]; `readable` and the limit as in facts.proto."""

    permissions: Permissions
    readable: frozenset[str] = frozenset()
    toxic_with: frozenset[str] = frozenset()
    approval_limit: int = 0


@dataclass(frozen=True)
class RoleTable:
    """All roles at one version. Immutable but for a memo of its own answers."""

    version: int = 0
    floor: int = 0
    roles: Mapping[str, Role] = field(default_factory=dict)
    guarded: frozenset[str] = frozenset()
    _memo: dict[tuple[tuple[str, ...], str], Mapping[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def access(self, roles: tuple[str, ...], resource: str) -> Mapping[str, Any]:
        """`input.access`: what these roles allow on this resource. Unknown roles allow nothing."""
        key = (roles, resource)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._access(roles, resource)
        return found

    def _access(self, names: tuple[str, ...], resource: str) -> Mapping[str, Any]:
        known = {name: self.roles[name] for name in names if name in self.roles}
        return {
            "roles": {name: self._permissions(role, resource) for name, role in known.items()},
            "fields": {resource: self._readers(resource)},
            "approval_limits": {name: role.approval_limit for name, role in known.items()},
            "toxic_pairs": [[name, other] for name, role in known.items() for other in role.toxic_with if other in known],
        }

    def _permissions(self, role: Role, resource: str) -> Permissions:
        if resource != EVENT:
            return {resource: role.permissions.get(resource, {})}
        return {
            name: {action: scopes for action, scopes in actions.items() if action in READING} for name, actions in role.permissions.items()
        }

    def _readers(self, resource: str) -> Mapping[str, list[str]]:
        prefix = f"{resource}."
        guarded = sorted(name for name in self.guarded if name.startswith(prefix))
        readers = {name: sorted(key for key, role in self.roles.items() if name in role.readable) for name in guarded}
        return {name.removeprefix(prefix): found for name, found in readers.items()}

    def permissions(self, roles: Iterable[str]) -> list[str]:
        """What these roles allow somewhere, as `resource.action`, sorted; for menus."""
        known = [self.roles[name].permissions for name in roles if name in self.roles]
        return sorted({f"{resource}.{action}" for table in known for resource, actions in table.items() for action in actions})


def table_from_body(version: int, floor: int, body: Mapping[str, Any]) -> RoleTable:
    """The table that `fact_roles.body` holds."""
    roles = {name: _role(item) for name, item in body["roles"].items()}
    return RoleTable(version, floor, roles, frozenset(body["guarded_fields"]))


def _role(item: Mapping[str, Any]) -> Role:
    return Role(item["permissions"], frozenset(item["readable_fields"]), frozenset(item["toxic_with"]), int(item["approval_limit"]))
