"""A condition means the same in process and in SQL, null or not; and pages go over everything once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.policy.clauses import as_policy_row
from chassis.policy.filters import Keyed, condition, count_rows, select_page
from chassis.policy.residual import EVERY, Group, Leaf, PolicyFault, Residual, holds, parse
from chassis.store.database import Database
from tests.integration.policy.conftest import NOW

FILTERS = 1500
WORDS = [None, "", "a", "A", "ab", "b%", "_b", "ba", ",a,", "é", "a.b."]
NUMBERS = [None, -1, 0, 1, 2, 3]
TIMES = [None, *(NOW + timedelta(hours=hours) for hours in range(3))]
LISTS = [[], ["a"], ["a", "b"], ["ab", "_b"]]

metadata = sa.MetaData()
deal = sa.Table(
    "deal",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("a", "b", "org_id", "org_path")),
    *(sa.Column(name, sa.BigInteger) for name in ("n", "m")),
    sa.Column("due", sa.DateTime(timezone=True)),
    sa.Column("list", ARRAY(sa.Text)),
)
ROWS = Keyed("deal", deal, "id")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    chance = random.Random(5)
    return [
        {
            "id": f"d{number:03}",
            **{name: chance.choice(WORDS) for name in ("a", "b")},
            "org_id": chance.choice(["r1", "r2", "r3", None]),
            "org_path": chance.choice(["v.", "v.d1.", "v.d10.", "v.d1.r1.", "v.d1.r1.s1.", None]),
            **{name: chance.choice(NUMBERS) for name in ("n", "m")},
            "due": chance.choice(TIMES),
            "list": chance.choice([*LISTS, None]),
        }
        for number in range(150)
    ]


@pytest.fixture
def connection(database: Database, rows: list[dict[str, Any]]) -> Iterator[sa.Connection]:
    with database.engine.connect().execution_options(isolation_level="READ COMMITTED") as found:
        metadata.create_all(found)
        found.execute(deal.insert(), rows)
        yield found
        found.rollback()


class Maker:
    """Random conditions as OPA would send them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def node(self, depth: int) -> dict[str, Any]:
        if depth and self.chance.random() < 0.6:
            operator = self.chance.choice(["and", "or", "not"])
            count = 1 if operator == "not" else self.chance.randint(1, 3)
            return {"type": "compound", "operator": operator, "value": [self.node(depth - 1) for _ in range(count)]}
        return self.chance.choice([self.word, self.word, self.number, self.time, self.path, self.listed])()

    def leaf(self, name: str, operators: str, values: list[Any], other: str = "") -> dict[str, Any]:
        operator = self.chance.choice(operators.split())
        value = self.chance.choice([item for item in values if item is not None or operator in ("eq", "ne")])
        if operator in ("in", "nin"):
            value = self.chance.sample([item for item in values if item is not None], self.chance.randint(0, 2))
        elif other and operator in ("eq", "ne", "lt", "lte", "gt", "gte") and self.chance.random() < 0.3:
            value = {"field": f"deal.{other}"}
        return {"type": "field", "field": f"deal.{name}", "operator": operator, "value": value}

    def word(self) -> dict[str, Any]:
        operator = self.chance.choice(["eq ne", "in nin", "contains startswith endswith"])
        return self.leaf(self.chance.choice("ab"), operator, WORDS, "" if "contains" in operator else self.chance.choice("ab"))

    def number(self) -> dict[str, Any]:
        return self.leaf(self.chance.choice("nm"), "eq ne lt lte gt gte in nin", NUMBERS, self.chance.choice("nm"))

    def time(self) -> dict[str, Any]:
        return self.leaf("due", "eq ne lt lte gt gte in", [item and item.timestamp() for item in TIMES])

    def path(self) -> dict[str, Any]:
        if self.chance.random() < 0.5:
            return self.leaf("org_id", "in eq", ["r1", "r2", "r9"])
        return self.leaf("org_path", "startswith", ["v.", "v.d1.", "v.d1.r1.", "v.d1.r1.s1.", "", "v.d"])

    def listed(self) -> dict[str, Any]:
        return self.leaf("list", "contains eq ne", [",a,", ",b,", "", ",a,b,", None])


@pytest.mark.parametrize("seed", range(3))
def test_sql_means_what_the_predicate_means(connection: sa.Connection, rows: list[dict[str, Any]], seed: int) -> None:
    maker, seen = Maker(seed), [as_policy_row(row) for row in rows]
    for _ in range(FILTERS // 3):
        residual = parse("deal", {"result": {"query": maker.node(3)}})
        wanted = {row["id"] for row in seen if residual.predicate(row)}
        assert set(connection.scalars(sa.select(deal.c.id).where(condition(residual, deal)))) == wanted, residual
        page = select_page(connection, ROWS, residual, order=("id", False), limit=200)
        assert [row["id"] for row in page] == sorted(wanted), residual


def test_a_branch_is_a_condition_of_its_own(rows: list[dict[str, Any]]) -> None:
    whole = Group("or", (Leaf("a", "eq", "a"), Leaf("n", "gt", 1)))
    assert [holds(whole, row) for row in rows] == [any(holds(node, row) for node in whole.nodes) for row in rows]


ORDERS = [("id", False), ("id", True), ("due", False), ("due", True), ("n", True), ("a", False)]
ARMS = Residual("deal", (Leaf("org_id", "in", frozenset({"r1", "r2"})), Leaf("n", "gt", 1), Leaf("a", "eq", "ab")))


@pytest.mark.parametrize("residual", [Residual("deal", (EVERY,)), ARMS], ids=["all", "arms"])
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_pages_go_over_everything_once(connection: sa.Connection, residual: Residual, order: tuple[str, bool]) -> None:
    """Nulls and ties included: every row is on one page, and the pages together are in order."""
    ordering = deal.c[order[0]], deal.c.id
    by = [column.desc() if order[1] else column.asc() for column in ordering]
    wanted = list(connection.scalars(sa.select(deal.c.id).where(condition(residual, deal)).order_by(*by)))
    got: list[str] = []
    after: list[Any] | None = None
    while True:
        page = select_page(connection, ROWS, residual, order=order, after=after, limit=7)
        got += [row["id"] for row in page]
        if len(page) < 7:
            break
        value = page[-1][order[0]]
        after = [value.isoformat() if isinstance(value, datetime) else value, page[-1]["id"]]
    assert got == wanted


def test_counting_stops(connection: sa.Connection) -> None:
    assert count_rows(connection, ROWS, Residual("deal", (EVERY,)), limit=100) == 100
    assert count_rows(connection, ROWS, Residual("deal", ())) == 0


def test_further_conditions_hold_in_every_branch(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    where = [deal.c.b == "a"]
    wanted = {row["id"] for row in rows if ARMS.predicate(row) and row["b"] == "a"}
    assert {row["id"] for row in select_page(connection, ROWS, ARMS, order=("id", False), where=where, limit=200)} == wanted
    assert count_rows(connection, ROWS, ARMS, where=where, limit=200) == len(wanted)


def test_a_column_that_is_not_there_is_a_fault(connection: sa.Connection) -> None:
    with pytest.raises(PolicyFault):
        select_page(connection, ROWS, Residual("deal", (Leaf("nope", "eq", 1),)), order=("id", False), limit=1)


def test_nothing_is_asked_of_the_database_for_nobody(connection: sa.Connection) -> None:
    connection.rollback()
    with connection.engine.connect() as other:
        other.close()
        assert select_page(other, ROWS, Residual("deal", ()), order=("id", False), limit=1) == []
