"""The three answers cannot disagree: list filter, point check in process, point check by OPA."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from prm import options_pb2

from chassis.policy.clauses import as_policy_row
from chassis.policy.filters import condition, count_rows, select_page
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


def test_something_is_asked() -> None:
    assert len(asked()) > 40


@pytest.mark.parametrize(("resource", "action"), asked(), ids=lambda value: value)
def test_list_filter_is_the_point_check(world: World, resource: str, action: str) -> None:
    somebody_may = False
    for person, _, _ in PEOPLE:
        subject = world.subject(person)
        residual = world.policy.filter(subject, action, resource, now=NOW)
        with world.database.reading() as connection:
            listed = [row["id"] for row in select_page(connection, world.rows_of(resource), residual, order=NEWEST, limit=500)]
            plain = set(connection.scalars(sa.select(sample.c.id).where(condition(residual, sample))))
            count = count_rows(connection, world.rows_of(resource), residual, limit=500)
        checked = [row["id"] for row in world.rows if world.policy.check(subject, action, resource, as_policy_row(row), now=NOW).allowed]
        assert sorted(listed) == sorted(checked), person
        assert plain == set(checked)
        assert count == len(checked)
        step = 7 if checked else 120
        for row in world.rows[::step]:
            fresh = world.policy.check(subject, action, resource, as_policy_row(row), now=NOW, fresh=True)
            assert fresh.allowed == (row["id"] in checked), (person, row, fresh)
            assert fresh.allowed == (not fresh.reason)
        somebody_may = somebody_may or bool(checked)
    assert somebody_may, "no shipped role may do this to any row"
