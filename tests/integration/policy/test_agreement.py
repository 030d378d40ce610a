"""The three answers cannot disagree: list filter, point check in process, point check by OPA."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from prm import options_pb2

from chassis.policy.clauses import as_policy_row
from chassis.policy.filters import condition, count_rows, select_page
from chassis.policy.residual import Residual
from chassis.policy.subject import Subject
from services.identity.roles.shipped import EVENT_RESOURCES, SHIPPED
from tests.integration.policy.conftest import NOW, PEOPLE, World, sample
from tests.unit.chassis.test_contracts import ALL

NEWEST = ("created_at", True)


def asked() -> list[tuple[str, str]]:
    """Every (resource, action) that an RPC or a role names."""
    rules = [found.GetOptions().Extensions[options_pb2.access] for found in ALL]
    named = {(rule.resource, rule.action) for rule in rules if rule.resource}
    allowed = {
        (resource, action)
        for role in SHIPPED.values()
        for resource, actions in role.permissions.items()
        for action in actions
        if resource not in EVENT_RESOURCES and action != "read_draft"
    }
    return sorted(named | allowed)


def listed(world: World, resource: str, residual: Residual) -> set[str]:
    """What lists show, three ways in SQL."""
    rows = world.rows_of(resource)
    if residual.never:
        return set()
    with world.database.reading() as connection:
        page = [row["id"] for row in select_page(connection, rows, residual, order=NEWEST, limit=500)]
        plain = set(connection.scalars(sa.select(sample.c.id).where(condition(residual, sample))))
        assert count_rows(connection, rows, residual, limit=500) == len(plain)
    assert len(page) == len(set(page))
    assert set(page) == plain
    return plain


def ask_opa(world: World, subject: Subject, action: str, resource: str, seen: set[str]) -> None:
    """A sample of rows, each asked of OPA itself."""
    for row in world.rows[:: 11 if seen else 120]:
        fresh = world.policy.check(subject, action, resource, as_policy_row(row), now=NOW, fresh=True)
        assert fresh.allowed == (row["id"] in seen), (subject.id, row, fresh)
        assert fresh.allowed == (not fresh.reason)


@pytest.mark.parametrize(("resource", "action"), asked(), ids=lambda value: value)
def test_list_filter_is_the_point_check(world: World, resource: str, action: str) -> None:
    somebody_may = False
    policy_rows = {row["id"]: as_policy_row(row) for row in world.rows}
    for person, _, _ in PEOPLE:
        subject = world.subject(person)
        residual = world.policy.filter(subject, action, resource, now=NOW)
        seen = listed(world, resource, residual)
        assert seen == {key for key, row in policy_rows.items() if residual.predicate(row)}, person
        ask_opa(world, subject, action, resource, seen)
        somebody_may = somebody_may or bool(seen)
    assert somebody_may, "no shipped role may do this to any row"


def test_every_rule_is_asked_about() -> None:
    assert len(asked()) >= 60
