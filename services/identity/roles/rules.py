"""Who may give which roles to whom. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from chassis.errors import FailedPrecondition, InvalidArgument, PermissionDenied
from services.identity.roles.model import Role


class RoleAboveCeiling(PermissionDenied):
    """The giver's own roles do not let her give, or take, this one."""

    reason = "ROLE_ABOVE_CEILING"


class ToxicRoles(FailedPrecondition):
    """Two roles that nobody may hold at once."""

    reason = "TOXIC_ROLES"


def require_known(roles: Mapping[str, Role], names: Sequence[str], kind: str, field: str) -> None:
    """Raises InvalidArgument for a role that does not exist, or is not for this kind of holder."""
    for place, name in enumerate(names):
        if name not in roles:
            raise InvalidArgument.field(f"{field}[{place}]", f"there is no role {name[:40]!r}", "ROLE_UNKNOWN")
        if roles[name].kind != kind:
            text = f"{name} is for {roles[name].kind}, not for {kind}"
            raise InvalidArgument.field(f"{field}[{place}]", text, "ROLE_OF_OTHER_KIND")


def require_within_ceiling(roles: Mapping[str, Role], giver: Iterable[str], given: Collection[str]) -> None:
    """Raises RoleAboveCeiling unless the giver's roles, taken together, let her give all of these."""
    ceiling = {grantable for name in giver if name in roles for grantable in roles[name].grantable_roles}
    above = sorted(set(given) - ceiling)
    if above:
        raise RoleAboveCeiling(f"You may not give or take {', '.join(above)}", metadata={"roles": ",".join(above)})


def require_not_toxic(roles: Mapping[str, Role], held: Collection[str]) -> None:
    """Raises ToxicRoles if two of them exclude each other; it is enough that one of the two says so."""
    for name in sorted(set(held) & set(roles)):
        for other in roles[name].toxic_with:
            if other in held:
                pair = sorted((name, other))
                raise ToxicRoles(f"Nobody may be {pair[0]} and {pair[1]} at once", metadata={"roles": ",".join(pair)})
