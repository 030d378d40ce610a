"""Why, and what if: the same answer as the live decision, with the ways that led to it; and who can, nobody missing."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.errors import InvalidArgument
from chassis.policy.clauses import as_policy_row
from chassis.policy.holders import Deed, Holders
from chassis.policy.policy import Account
from chassis.policy.subject import Grant, Subject
from chassis.policy.supposing import Supposed, Supposing
from services.identity.roles.shipped import SHIPPED
from tests.integration.policy.conftest import GRANTEE, NOW, PATHS, PEOPLE, World, person_fact, sample
from tests.integration.policy.test_agreement import asked

NOTHING = Supposed()


def supposed(world: World, person: str, change: Supposed = NOTHING) -> Subject:
    with world.database.reading() as connection:
        found = world.facts.about(connection, person)
        assert found is not None
        return Supposing(connection, world.facts).person(found, change)


def ask(world: World, subject: Subject, action: str, resource: str, row: dict[str, Any], *, hours: float = 0) -> Account:
    return world.policy.inquire(subject, action, resource, now=NOW + timedelta(hours=hours)).about(row)


def row_like(world: World, **wanted: Any) -> dict[str, Any]:
    """A row with these values, as policies see it."""
    return as_policy_row(world.rows[0] | {"org_id": "r1", "org_path": PATHS["r1"], "owner_id": "zoe"} | wanted)


@pytest.mark.parametrize(("resource", "action"), asked(), ids=lambda value: value)
def test_supposing_nothing_is_the_live_decision(world: World, resource: str, action: str) -> None:
    for person, _, _ in PEOPLE:
        live = world.subject(person)
        inquiry = world.policy.inquire(supposed(world, person), action, resource, now=NOW)
        for row in map(as_policy_row, world.rows):
            decision = world.policy.check(live, action, resource, row, now=NOW)
            account = inquiry.about(row)
            assert account.decision == decision
            assert account.visible == world.policy.check(live, "read", resource, row, now=NOW).allowed
            told_rightly(live, account, resource, row)


def told_rightly(subject: Subject, account: Account, resource: str, row: dict[str, Any]) -> None:
    """A yes has a way that holds; a no has a reason, and none of its ways holds."""
    decision = account.decision
    assert decision.allowed == any(way.holds for way in account.ways)
    assert bool(decision.reason) == (not decision.allowed)
    assert bool(decision.missing) == (not decision.allowed)
    if not decision.allowed and account.ways:
        failing = {item.reason for way in account.ways for item in way.conditions if not item.holds}
        assert decision.reason in failing
    for way in account.ways:
        if way.holds:
            opens(subject, way.scope, resource, decision.action, row)


def opens(subject: Subject, scope: str, resource: str, action: str, row: dict[str, Any]) -> None:
    """The scope is really one of hers, and the row is really in it."""
    truths = {
        "own": subject.id in (row["owner_id"], row["person_id"], row["id"]),
        "org": row["org_id"] == subject.org_id,
        "subtree": row["org_path"].startswith(subject.org_path),
        "assigned": row["org_id"] in subject.assigned,
        "grant": any(grant.object == row["id"] and grant.expires_at > NOW.timestamp() for grant in subject.grants),
        "all": True,
        "above": row["id"] in subject.org_path.split("."),
    }
    assert truths[scope]
    if scope == "all" and resource != "event":
        assert any("all" in SHIPPED[role].permissions.get(resource, {}).get(action, ()) for role in subject.roles)


@pytest.mark.parametrize(("resource", "action"), asked(), ids=lambda value: value)
def test_who_can_is_everybody_who_may(world: World, resource: str, action: str) -> None:
    for row in map(as_policy_row, world.rows[7:160:50]):
        expected = [person for person in sorted(name for name, _, _ in PEOPLE) if may(world, person, action, resource, row)]
        with world.database.reading() as connection:
            holders = Holders(connection, world.facts, world.policy, NOW)
            found: list[str] = []
            after = ""
            while True:
                page, after = holders.page(Deed(action, resource, row), after, 3)
                assert all(one.ways for one in page)
                found += [one.subject.id for one in page]
                if not after:
                    break
        assert found == expected, row


def may(world: World, person: str, action: str, resource: str, row: dict[str, Any]) -> bool:
    subject = world.subject(person)
    return all(world.policy.check(subject, verb, resource, row, now=NOW).allowed for verb in (action, "read"))


def test_who_can_goes_on_where_it_stopped_asking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.policy.holders.ASKED_AT_MOST", 2)
    monkeypatch.setattr("chassis.policy.holders.ASKED_AT_ONCE", 1)
    row = row_like(world, status="in_review")
    with world.database.reading() as connection:
        holders = Holders(connection, world.facts, world.policy, NOW)
        found, after = holders.page(Deed("read", "registration", row), "", 50)
        rounds = 1
        while after:
            page, after = holders.page(Deed("read", "registration", row), after, 50)
            found += page
            rounds += 1
    assert rounds > 5
    assert {one.subject.id for one in found} >= {"auditor@v", "partner_admin@r1", "channel_manager@v", "distributor_admin@d1"}


def test_a_yes_names_scope_and_role(world: World) -> None:
    row = row_like(world, status="approved", owner_id="partner_sales@r1")
    for person, way in WAYS.items():
        account = ask(world, supposed(world, person), "read", "registration", row)
        assert way in {(one.scope, one.roles) for one in account.ways if one.holds}, person


WAYS = {
    "partner_sales@r1": ("own", ("partner_sales",)),
    "partner_admin@r1": ("org", ("partner_admin",)),
    "distributor_admin@d1": ("subtree", ("distributor_admin",)),
    "channel_manager@v": ("assigned", ("channel_manager",)),
    "auditor@v": ("all", ("auditor",)),
}


def test_a_grant_is_named(world: World) -> None:
    row = row_like(world, id="row_0007", org_id="d2", org_path=PATHS["d2"])
    account = ask(world, supposed(world, GRANTEE), "read", "registration", row)
    assert [way.scope for way in account.ways if way.holds] == ["grant"]
    assert not ask(world, supposed(world, GRANTEE), "read", "registration", row, hours=2).decision.allowed


@pytest.mark.parametrize(
    ("person", "action", "changes", "reason", "missing"),
    [
        ("partner_sales@r1", "approve", {}, "ROLE_MISSING", "a role with registration.approve"),
        ("channel_manager@v", "approve", {"org_id": "d2", "org_path": "v.d2."}, "OUT_OF_SCOPE", "org_id in r1, r3"),
        ("channel_manager@v", "approve", {"status": "approved"}, "WRONG_STATE", "status eq in_review"),
        ("channel_manager@v", "approve", {"created_by": "channel_manager@v"}, "SEPARATION_OF_DUTIES", "created_by ne channel_manager@v"),
        ("partner_sales@r1", "read", {}, "OUT_OF_SCOPE", "owner_id eq partner_sales@r1"),
    ],
)
def test_a_no_names_what_is_missing(world: World, person: str, action: str, changes: dict[str, Any], reason: str, missing: str) -> None:
    row = row_like(world, **({"status": "in_review", "created_by": "zoe", "submitted_by": "zoe"} | changes))
    began = time.perf_counter()
    account = ask(world, supposed(world, person), action, "registration", row)
    assert time.perf_counter() - began < 0.2
    assert (account.decision.reason, account.decision.missing) == (reason, missing)


def test_what_would_be_is_never_taken_for_what_is(world: World) -> None:
    """The supposed subject has the id and the versions of the real one; its answer must not be kept under them."""
    row = row_like(world, status="in_review", created_by="zoe", submitted_by="zoe")
    live = world.subject("partner_sales@r2")
    assert not world.policy.check(live, "approve", "registration", row, now=NOW).allowed
    made = supposed(world, "partner_sales@r2", Supposed(roles=("programme_manager",)))
    assert ask(world, made, "approve", "registration", row).decision.allowed
    assert not world.policy.check(live, "approve", "registration", row, now=NOW).allowed
    world.policy._residuals.clear()
    assert ask(world, made, "approve", "registration", row).decision.allowed
    assert not world.policy.check(live, "approve", "registration", row, now=NOW).allowed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (NOTHING, ""),
        (Supposed(roles=()), "ROLE_MISSING"),
        (Supposed(roles=("partner_sales",)), "OUT_OF_SCOPE"),
        (Supposed(roles=("finance", "channel_manager")), "TOXIC_ROLES"),
        (Supposed(state="deactivated"), "PERSON_NOT_ACTIVE"),
        (Supposed(organization_state="suspended"), "ORGANIZATION_NOT_ACTIVE"),
        (Supposed(organization_id="r2"), "OUT_OF_SCOPE"),
        (Supposed(organization_id="d1"), ""),
    ],
)
def test_suppositions_about_a_person(world: World, change: Supposed, reason: str) -> None:
    row = row_like(world, status="in_review")
    assert ask(world, supposed(world, "partner_admin@r1", change), "read", "registration", row).decision.reason == reason


def test_a_supposed_grant_holds_until_it_ends(world: World) -> None:
    grant = Grant("registration", "row_0009", ("read",), (NOW + timedelta(days=1)).timestamp())
    made = supposed(world, "partner_sales@r1", Supposed(grants=(grant,)))
    row = row_like(world, id="row_0009", org_id="d2", org_path=PATHS["d2"])
    assert ask(world, made, "read", "registration", row).decision.allowed
    assert not ask(world, made, "read", "registration", row, hours=25).decision.allowed


def test_suppositions_about_an_object(world: World) -> None:
    row = row_like(world, status="draft", tiers=[])
    with world.database.reading() as connection:
        supposing = Supposing(connection, world.facts)
        made = supposing.row(sample, row, {"org_id": "r3", "status": "published", "tiers": "gold, silver"})
        with pytest.raises(InvalidArgument):
            supposing.row(sample, row, {"type": "x"})
        with pytest.raises(InvalidArgument):
            supposing.row(sample, row, {"org_id": "nobody"})
        with pytest.raises(InvalidArgument):
            supposing.person(world.subject("auditor@v"), Supposed(roles=("auditr",)))
    assert (made["org_path"], made["tiers"]) == ("v.d2.r3.", ",gold,silver,")
    assert ask(world, world.subject("partner_sales@r1"), "read", "document", made).decision.allowed
    assert not ask(world, world.subject("partner_sales@r1"), "read", "document", row).decision.allowed


def test_somebody_without_access_is_explained_as_well(world: World) -> None:
    with world.database.writing() as connection:
        from chassis.policy.facts import put_person

        put_person(connection, person_fact("partner_sales@gone", "partner_sales", "nowhere", state="active"))
        put_person(connection, person_fact("partner_sales@closed", "partner_sales", "r1", state="deactivated"))
    row = row_like(world)
    assert ask(world, supposed(world, "partner_sales@gone"), "read", "registration", row).decision.reason == "ORGANIZATION_NOT_ACTIVE"
    assert ask(world, supposed(world, "partner_sales@closed"), "read", "registration", row).decision.reason == "PERSON_NOT_ACTIVE"
    with world.database.reading() as connection:
        assert world.facts.about(connection, "nobody") is None


def test_without_a_row_it_is_whether_she_may_at_all(world: World) -> None:
    subject = supposed(world, "partner_sales@r1")
    may = world.policy.inquire(subject, "submit", "registration", now=NOW).about(None)
    assert may.decision.allowed
    assert [(way.scope, way.holds) for way in may.ways] == [("own", False)]
    assert not world.policy.inquire(subject, "approve", "registration", now=NOW).about(None).decision.allowed
    assert not world.policy.inquire(replace(subject, state="x"), "submit", "registration", now=NOW).about(None).decision.allowed
