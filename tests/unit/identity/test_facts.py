"""What counts as a loss: services that know less than the last loss must not decide."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from prm.identity.v1 import facts_pb2

from services.identity.facts.rules import organization_loses, person_loses, roles_lose

NOW = 1000.0


def grant(actions: list[str], until: float, thing: str = "reg_1") -> facts_pb2.PersonFactsChanged.Grant:
    return facts_pb2.PersonFactsChanged.Grant(
        resource="registration", object_id=thing, actions=actions, expire_time=Timestamp(seconds=int(until))
    )


def person(**changes: Any) -> facts_pb2.PersonFactsChanged:
    values: dict[str, Any] = {"person_id": "p", "kind": "partner", "state": "active", "organization_id": "o", "roles": ["a", "b"]}
    values |= {"assigned_organization_ids": ["x"], "grants": [grant(["read"], 2000)], "not_before": Timestamp(seconds=10)}
    return facts_pb2.PersonFactsChanged(**{**values, **changes})


@pytest.mark.parametrize(
    "after",
    [
        person(roles=["a"]),
        person(roles=["a", "c"]),
        person(state="deactivated"),
        person(organization_id="o2"),
        person(assigned_organization_ids=["y"]),
        person(grants=[]),
        person(grants=[grant(["read"], 1500)]),
        person(grants=[grant(["write"], 2000)]),
        person(grants=[grant(["read"], 2000, "reg_2")]),
        person(not_before=Timestamp(seconds=10, nanos=1)),
    ],
)
def test_a_person_loses(after: facts_pb2.PersonFactsChanged) -> None:
    assert person_loses(person(), after, NOW)
    assert not person_loses(after, after, NOW)


@pytest.mark.parametrize(
    "after",
    [
        person(),
        person(roles=["a", "b", "c"]),
        person(assigned_organization_ids=["x", "y"]),
        person(grants=[grant(["read"], 3000)]),
        person(grants=[grant(["read"], 1500), grant(["read", "write"], 2000)]),
    ],
)
def test_a_person_gains_or_stays(after: facts_pb2.PersonFactsChanged) -> None:
    assert not person_loses(person(), after, NOW)


def test_a_grant_that_ended_by_itself_is_no_loss() -> None:
    assert not person_loses(person(), person(grants=[]), 2000.0)


def test_one_who_had_nothing_loses_nothing() -> None:
    assert not person_loses(person(state="invited"), person(state="active"), NOW)


def organization(**changes: Any) -> facts_pb2.OrganizationFactsChanged:
    values: dict[str, Any] = {
        "organization_id": "o",
        "path": "v.o.",
        "state": "active",
        "tier": "gold",
        "types": ["si"],
        "regions": ["dach"],
    }
    return facts_pb2.OrganizationFactsChanged(**{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"path": "v.d.o."}, {"state": "suspended"}, {"state": "terminated"}, {"tier": "silver"}, {"types": ["var"]}, {"regions": []}],
)
def test_an_organization_loses(changes: dict[str, Any]) -> None:
    assert organization_loses(organization(), organization(**changes))


@pytest.mark.parametrize("changes", [{}, {"types": ["si", "var"]}, {"regions": ["dach", "uk"]}])
def test_an_organization_gains_or_stays(changes: dict[str, Any]) -> None:
    assert not organization_loses(organization(), organization(**changes))
    assert not organization_loses(organization(state="onboarding"), organization())
    assert not organization_loses(organization(state="suspended"), organization())


def table(
    scopes: tuple[str, ...] = ("own", "org"), fields: tuple[str, ...] = ("r.m",), limit: int = 10, toxic: tuple[str, ...] = ()
) -> Any:
    permission = facts_pb2.RoleFactsChanged.Permission(resource="r", action="read", scopes=scopes)
    permissions = [permission] if scopes else []
    role = facts_pb2.RoleFactsChanged.Role(id="a", permissions=permissions, readable_fields=fields, approval_limit=limit, toxic_with=toxic)
    return facts_pb2.RoleFactsChanged(roles=[role], guarded_fields=["r.m"])


@pytest.mark.parametrize(
    "after",
    [
        table(scopes=("own",)),
        table(scopes=()),
        table(fields=()),
        table(limit=9),
        table(toxic=("b",)),
        facts_pb2.RoleFactsChanged(guarded_fields=["r.m"]),
        facts_pb2.RoleFactsChanged(roles=table().roles, guarded_fields=["r.m", "r.n"]),
    ],
)
def test_the_role_table_loses(after: facts_pb2.RoleFactsChanged) -> None:
    assert roles_lose(table(), after)


def test_the_role_table_gains_or_stays() -> None:
    for after in (table(), table(scopes=("own", "org", "all")), table(limit=11), table(fields=("r.m", "r.n"))):
        assert not roles_lose(table(), after)
    assert not roles_lose(table(toxic=("b",)), table())
