"""Ceilings, toxic pairs, and the shipped roles against the contracts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chassis.errors import InvalidArgument
from services.identity.roles import rules
from services.identity.roles.catalogue import actions_by_resource, guarded_fields
from services.identity.roles.model import SCOPES, Role
from services.identity.roles.shipped import SHIPPED

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def role(name: str, kind: str = "partner", gives: tuple[str, ...] = (), toxic: tuple[str, ...] = ()) -> Role:
    return Role(id=name, created_at=NOW, updated_at=NOW, kind=kind, grantable_roles=list(gives), toxic_with=list(toxic))


ROLES = {
    item.id: item
    for item in (role("admin", gives=("admin", "sales")), role("lead", gives=("buyer",)), role("sales"), role("buyer", toxic=("sales",)))
}
ROLES["chief"] = role("chief", "vendor")


def test_the_ceilings_of_all_roles_add_up() -> None:
    rules.require_within_ceiling(ROLES, ["admin", "lead"], ["sales", "buyer"])
    rules.require_within_ceiling(ROLES, ["sales"], [])


@pytest.mark.parametrize(("giver", "given"), [(["admin"], ["buyer"]), (["sales"], ["sales"]), (["gone"], ["sales"]), ([], ["sales"])])
def test_nobody_gives_above_the_ceiling(giver: list[str], given: list[str]) -> None:
    with pytest.raises(rules.RoleAboveCeiling) as caught:
        rules.require_within_ceiling(ROLES, giver, given)
    assert caught.value.metadata["roles"] == given[0]


@pytest.mark.parametrize("held", [["buyer", "sales"], ["sales", "buyer", "admin"]])
def test_it_is_enough_that_one_of_two_roles_excludes_the_other(held: list[str]) -> None:
    with pytest.raises(rules.ToxicRoles):
        rules.require_not_toxic(ROLES, held)
    rules.require_not_toxic(ROLES, ["sales", "admin"])


@pytest.mark.parametrize(("names", "reason"), [(["sales", "nothing"], "ROLE_UNKNOWN"), (["sales", "chief"], "ROLE_OF_OTHER_KIND")])
def test_roles_must_exist_and_fit(names: list[str], reason: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        rules.require_known(ROLES, names, "partner", "roles")
    assert [(item.field, item.reason) for item in caught.value.fields] == [("roles[1]", reason)]


def test_the_shipped_roles_name_what_exists() -> None:
    known = actions_by_resource()
    for shipped in SHIPPED.values():
        assert set(shipped.grantable_roles) <= SHIPPED.keys() and set(shipped.toxic_with) <= SHIPPED.keys()
        assert set(shipped.readable_fields) <= guarded_fields()
        for resource, actions in shipped.permissions.items():
            assert actions.keys() <= known[resource]
            assert all(set(scopes) <= set(SCOPES) and scopes for scopes in actions.values())


def test_the_catalogue_has_the_actions_of_the_contracts() -> None:
    known = actions_by_resource()
    assert {"approve", "submit", "read"} <= known["registration"]
    assert {"suspend", "terminate", "move"} <= known["organization"]
    assert "exchange" in known["session"]
