"""Every scope is answered from its own index, also for a partner who went quiet: all rows that match are the oldest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from chassis.policy.filters import Keyed, _Branches, _order, condition, filter_index, owned_indexes, page_statement, select_page
from chassis.policy.residual import EVERY, Group, Leaf, Node, Residual
from chassis.store.database import Database
from chassis.store.tables import entity_columns, owned_columns
from tests.integration.policy.conftest import NOW

NOISE = 60_000
QUIET = 200
PAGE = 51
EXAMINED = 3 * PAGE * 4  # far below the noise, whatever the plan's details

metadata = sa.MetaData()
big = sa.Table("big", metadata, *entity_columns(), *owned_columns(), sa.Column("status", sa.Text, nullable=False))
owned_indexes(big)
filter_index(big, "status")
ROWS = Keyed("big", big, "id")

SEED = """
INSERT INTO big (id, version, sequence, created_at, updated_at, org_id, org_path, owner_id, status)
SELECT 'row_' || lpad(n::text, 7, '0'), 1, 1, :now - n * interval '1 minute', :now, org, path, owner,
       CASE WHEN n % 50 = 0 THEN 'draft' ELSE 'approved' END
FROM (
    SELECT n, CASE WHEN n > :noise THEN 'quiet1' ELSE 'org' || n % 400 END AS org,
           CASE WHEN n > :noise THEN 'v.dq.quiet1.deep.' ELSE 'v.d' || n % 40 || '.org' || n % 400 || '.' END AS path,
           CASE WHEN n > :noise THEN 'quiet' ELSE 'person' || n % 1000 END AS owner
    FROM generate_series(1, :noise + :quiet) AS n
) AS made
"""


def both(*leaves: Leaf) -> Node:
    return Group("and", leaves)


SENT = Leaf("status", "ne", "draft")
BUSY = frozenset(f"org{number}" for number in range(300) if number % 50)  # those have nothing but drafts
LISTED = frozenset({f"none{number}" for number in range(300)} | {"quiet1"})


@dataclass(frozen=True)
class Case:
    node: Node
    index: str
    found: int = PAGE


CASES = {
    "own": Case(Leaf("owner_id", "eq", "quiet"), "big_owner"),
    "org": Case(Leaf("org_id", "eq", "quiet1"), "big_org"),
    "subtree of a distributor": Case(both(Leaf("org_path", "startswith", "v.dq."), SENT), "big_path2"),
    "subtree of a reseller": Case(both(Leaf("org_path", "startswith", "v.dq.quiet1."), SENT), "big_path3"),
    "deeper subtree": Case(both(Leaf("org_path", "startswith", "v.dq.quiet1.deep."), SENT), "big_path3"),
    "assigned": Case(both(Leaf("org_id", "in", LISTED), SENT), "big_org"),
    "assigned, all of them busy": Case(both(Leaf("org_id", "in", BUSY), SENT), "big_org"),
    "grant": Case(Leaf("id", "in", frozenset({f"row_{NOISE + 1:07}", f"row_{NOISE + 2:07}"})), "big_pkey", found=2),
    "all": Case(EVERY, "big_newest"),
    "all sent": Case(SENT, "big_newest"),
    "subtree of nobody": Case(Leaf("org_path", "startswith", "v.nobody."), "big_path2", found=0),
}


@pytest.fixture(scope="module")
def connection(database: Database) -> Iterator[sa.Connection]:
    with database.engine.connect() as found:
        metadata.create_all(found)
        found.execute(sa.text(SEED), {"now": NOW, "noise": NOISE, "quiet": QUIET})
        found.commit()
        found.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE big"))
        yield found
        found.execute(sa.text("DROP TABLE big"))


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if (
        "Scan" in plan["Node Type"]
        and plan.get("Relation Name", "big") == "big"
        and plan["Node Type"] not in ("Function Scan", "Subquery Scan", "CTE Scan")
    ):
        yield plan
    for inner in plan.get("Plans", []):
        yield from scans(inner)


def explained(connection: sa.Connection, statement: sa.Select[Any]) -> list[dict[str, Any]]:
    compiled = statement.compile(dialect=connection.dialect)
    rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", compiled.params)
    found = rows.scalar_one()
    return list(scans((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def generic(connection: sa.Connection, statement: sa.Select[Any]) -> set[str]:
    """The indexes of the plan that a prepared statement ends up with, when its values are not known."""
    dialect = postgresql.psycopg.PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    text = str(statement.compile(dialect=dialect)).replace("::VARCHAR", "::TEXT")
    found = connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}").scalar_one()
    return {scan.get("Index Name", scan["Node Type"]) for scan in scans(found[0]["Plan"])}


def examined(scan: dict[str, Any]) -> float:
    return float((scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"])


def pages(case: Case) -> dict[str, sa.Select[Any]]:
    residual = Residual("big", (case.node,))
    later = [(NOW - timedelta(minutes=30)).isoformat(), "row_0000030"]
    first = page_statement(ROWS, residual, order=("created_at", True), where=(), after=None, limit=PAGE)
    next_one = page_statement(ROWS, residual, order=("created_at", True), where=(), after=later, limit=PAGE)
    count = _Branches(ROWS, residual, _order(ROWS), (), None, 101).union()
    return {"first": first, "next": next_one, "count": count}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("asked", ["first", "next", "count"])
def test_a_scope_is_answered_from_its_index(connection: sa.Connection, name: str, asked: str) -> None:
    case = CASES[name]
    statement = pages(case)[asked]
    if asked == "first":
        assert len(connection.execute(statement).all()) == case.found
    found = explained(connection, statement)
    used = {scan.get("Index Name", scan["Node Type"]) for scan in found}
    assert case.index in used
    assert used <= {case.index, "big_pkey", "Bitmap Heap Scan"}, used
    assert sum(map(examined, found)) <= EXAMINED, found


@pytest.mark.parametrize("name", ["assigned", "assigned, all of them busy"])
def test_pages_of_many_organizations_are_the_newest_of_all(connection: sa.Connection, name: str) -> None:
    residual = Residual("big", (CASES[name].node,))
    wanted = connection.execute(
        sa.select(big.c.id).where(condition(residual, big)).order_by(big.c.created_at.desc(), big.c.id.desc()).limit(3 * PAGE)
    )
    found: list[str] = []
    after: list[Any] | None = None
    for _ in range(3):
        page = select_page(connection, ROWS, residual, order=("created_at", True), after=after, limit=PAGE)
        found += [row["id"] for row in page]
        after = [page[-1]["created_at"].isoformat(), page[-1]["id"]]
    assert found == list(wanted.scalars())


@pytest.mark.parametrize("name", [name for name in CASES if name != "grant"])
def test_the_generic_plan_finds_the_index_too(connection: sa.Connection, name: str) -> None:
    used = generic(connection, pages(CASES[name])["next"])
    assert CASES[name].index in used
    assert used <= {CASES[name].index, "big_pkey"}


def test_all_branches_together(connection: sa.Connection) -> None:
    """What a distributor's manager who also has grants is asked: several branches, each from its own index."""
    names = ("own", "org", "subtree of a distributor", "assigned", "grant")
    residual = Residual("big", tuple(CASES[name].node for name in names))
    statement = page_statement(ROWS, residual, order=("created_at", True), where=(), after=None, limit=PAGE)
    assert len(connection.execute(statement).all()) == PAGE
    found = explained(connection, statement)
    used = {scan.get("Index Name", scan["Node Type"]) for scan in found}
    assert {CASES[name].index for name in names} <= used
    assert "Seq Scan" not in used
    assert sum(map(examined, found)) <= 2 * EXAMINED


def test_a_filter_has_its_index_under_the_widest_scope(connection: sa.Connection) -> None:
    rare = page_statement(
        ROWS, Residual("big", (EVERY,)), order=("created_at", True), where=[big.c.status == "nothing"], after=None, limit=PAGE
    )
    assert connection.execute(rare).all() == []
    found = explained(connection, rare)
    assert {scan.get("Index Name") for scan in found} <= {"big_status", "big_pkey"}
    assert sum(map(examined, found)) <= EXAMINED
