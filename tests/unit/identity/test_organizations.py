"""The life of an organisation, its place in the tree, and what may be said of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from prm.identity.v1 import events_pb2

from chassis.errors import FailedPrecondition, InvalidArgument
from services.identity.organizations import rules
from services.identity.organizations.model import Organization, State, WrongState

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def organization(name: str = "r", parent: Organization | None = None, state: State = State.ACTIVE) -> Organization:
    path = f"{parent.org_path if parent else ''}{name}."
    values: dict[str, Any] = {
        "org_id": name,
        "org_path": path,
        "owner_id": "",
        "parent_id": parent.id if parent else "",
        "name": name,
        "state": state,
    }
    return Organization(id=name, created_at=NOW, updated_at=NOW, **values)


VENDOR = organization("v")
MOVES: dict[str, Any] = {
    "activate": (lambda it: it.activate(), {State.ONBOARDING: State.ACTIVE}),
    "suspend": (lambda it: it.suspend("unpaid"), {State.ONBOARDING: State.SUSPENDED, State.ACTIVE: State.SUSPENDED}),
    "reactivate": (lambda it: it.reactivate(), {State.SUSPENDED: State.ACTIVE}),
    "terminate": (lambda it: it.terminate("notice"), {state: State.TERMINATED for state in State if state is not State.TERMINATED}),
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(MOVES))
def test_only_what_follows(verb: str, state: State) -> None:
    act, allowed = MOVES[verb]
    it = organization("r", VENDOR, state)
    if state in allowed:
        act(it)
        assert it.state is allowed[state] and len(it.recorded) == 1
    else:
        with pytest.raises(WrongState):
            act(it)
        assert it.state is state and not it.recorded


@pytest.mark.parametrize("act", [lambda it: it.suspend("x"), lambda it: it.terminate("x"), lambda it: it.move(organization("d"))])
def test_the_vendor_stays(act: Any) -> None:
    with pytest.raises(FailedPrecondition) as caught:
        act(organization("v"))
    assert caught.value.reason == "ORGANIZATION_IS_VENDOR"


def test_moving_changes_parent_and_path() -> None:
    d1, d2 = organization("d1", VENDOR), organization("d2", VENDOR)
    it = organization("r", d1)
    it.move(d2)
    assert (it.parent_id, it.org_path) == ("d2", "v.d2.r.")
    assert it.recorded == (events_pb2.OrganizationMoved(organization_id="r", from_parent_id="d1", to_parent_id="d2"),)


def test_nothing_stands_below_itself_or_below_what_is_closed() -> None:
    d1 = organization("d1", VENDOR)
    with pytest.raises(FailedPrecondition) as caught:
        d1.move(organization("r", d1))
    assert caught.value.reason == "ORGANIZATION_CYCLE"
    organization("d10", VENDOR).move(d1)  # its path begins with the same letters, but it is not below
    with pytest.raises(WrongState):
        organization("r", d1).move(organization("d2", VENDOR, State.TERMINATED))


def test_an_update_that_changes_nothing_is_no_event() -> None:
    it = organization("r", VENDOR)
    it.update({"name": "r", "tier": ""})
    assert not it.recorded
    it.update({"name": "R", "tier": "gold", "owner_id": "per_1"})
    assert list(it.recorded[0].fields) == ["name", "tier", "channel_manager_id"]  # type: ignore[attr-defined]


def test_domains_are_compared_in_one_form() -> None:
    assert rules.clean_domains(["Example.COM.", "bücher.example", "a.b.example"]) == ["a.b.example", "example.com", "xn--bcher-kva.example"]


@pytest.mark.parametrize(
    "bad", ["example", "-a.example", "a..example", "a b.example", "http://a.example", "a.example/x", "a" * 64 + ".example"]
)
def test_what_is_no_domain(bad: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        rules.clean_domains(["good.example", bad])
    assert caught.value.fields[0].field == "organization.domains[1]"


def test_everybodys_domain_is_nobodys() -> None:
    with pytest.raises(InvalidArgument) as caught:
        rules.clean_domains(["GMail.com"])
    assert caught.value.fields[0].reason == "DOMAIN_FREE_MAIL"


@pytest.mark.parametrize(
    ("text", "key"),
    [("DE 136.695.976", "DE136695976"), ("de136695976", "DE136695976"), ("", ""), ("000-000", ""), ("DE000000000", ""), ("0123", "0123")],
)
def test_tax_numbers(text: str, key: str) -> None:
    assert rules.tax_key(text) == key


def test_vendor_is_the_type_of_the_vendor_alone() -> None:
    assert rules.require_types(["si", "reseller", "si"], vendor=False) == ["reseller", "si"]
    for types, vendor in ((["vendor"], False), (["reseller"], True), (["butcher"], False)):
        with pytest.raises(InvalidArgument):
            rules.require_types(types, vendor=vendor)
