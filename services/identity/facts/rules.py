"""What facts say, and whether a change of them takes something away. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from prm.identity.v1 import facts_pb2

OPEN_STATES = frozenset({"active", "onboarding"})


def person_loses(before: facts_pb2.PersonFactsChanged, after: facts_pb2.PersonFactsChanged, now: float) -> bool:
    """Whether she may do less than before. `now` in epoch seconds: a grant that has ended by itself takes nothing away."""
    return (
        (before.state == "active" and after.state != "active")
        or (before.organization_id, before.kind) != (after.organization_id, after.kind)
        or not set(before.roles) <= set(after.roles)
        or not set(before.assigned_organization_ids) <= set(after.assigned_organization_ids)
        or after.not_before.ToNanoseconds() > before.not_before.ToNanoseconds()
        or not _covered(before.grants, after.grants, now)
    )


def _covered(before: Iterable[facts_pb2.PersonFactsChanged.Grant], after: Iterable[facts_pb2.PersonFactsChanged.Grant], now: float) -> bool:
    """Whether each right on an object that still runs is there as long as before."""
    kept = _rights(after)
    return all(until <= now or kept.get(right, 0.0) >= until for right, until in _rights(before).items())


def _rights(grants: Iterable[facts_pb2.PersonFactsChanged.Grant]) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    for grant in grants:
        until = grant.expire_time.ToNanoseconds() / 1e9
        for action in grant.actions:
            right = (grant.resource, grant.object_id, action)
            found[right] = max(until, found.get(right, 0.0))
    return found


def organization_loses(before: facts_pb2.OrganizationFactsChanged, after: facts_pb2.OrganizationFactsChanged) -> bool:
    """Whether its people may do less. Any rule may look at path and tier, so every change of those counts as a loss."""
    return (
        (before.state in OPEN_STATES and after.state not in OPEN_STATES)
        or (before.path, before.tier) != (after.path, after.tier)
        or not set(before.types) <= set(after.types)
        or not set(before.regions) <= set(after.regions)
        or not set(before.certifications) <= set(after.certifications)
    )


def roles_lose(before: facts_pb2.RoleFactsChanged, after: facts_pb2.RoleFactsChanged) -> bool:
    """Whether any role allows less."""
    now = {role.id: role for role in after.roles}
    guarded = not set(after.guarded_fields) <= set(before.guarded_fields)
    return guarded or any(role.id not in now or _role_loses(role, now[role.id]) for role in before.roles)


def _role_loses(before: facts_pb2.RoleFactsChanged.Role, after: facts_pb2.RoleFactsChanged.Role) -> bool:
    return (
        not _triples(before) <= _triples(after)
        or not set(before.readable_fields) <= set(after.readable_fields)
        or not set(after.toxic_with) <= set(before.toxic_with)
        or after.approval_limit < before.approval_limit
    )


def _triples(role: facts_pb2.RoleFactsChanged.Role) -> set[tuple[str, str, str]]:
    return {(item.resource, item.action, scope) for item in role.permissions for scope in item.scopes}
