"""Every filter, order and search that is offered has its index, also for somebody who sees all and when what is asked for is
old: a page then reads few rows, whatever the planner believes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from chassis.policy.filters import page_statement
from chassis.policy.residual import EVERY, Residual
from chassis.store.pages import parse_filter
from chassis.store.reading import Question, _clause
from services.deals.registrations.queries import LISTING, _found_by, _ordered_ones
from services.deals.registrations.table import REGISTRATIONS
from tests.stack import Databases

ROWS = 30_000
MOST = 1500  # rows a plan may touch for a page of 50; a walk over the table touches 30,000
SEED = """
INSERT INTO registration
SELECT 'reg_' || lpad(n::text, 8, '0'), 1, 1, at, at, 'org_' || n % 60, 'v.d' || n % 6 || '.org_' || n % 60 || '.', 'per_' || n % 200,
    'DR-2026-' || lpad(n::text, 5, '0'), 'per_' || n % 200,
    CASE WHEN n < 60 THEN 'in_review' WHEN n < 120 THEN 'approved' WHEN n < 180 THEN 'action_required' ELSE 'expired' END,
    'Kunde ' || md5(n::text) || CASE WHEN n = 77 THEN ' Zwölfender' ELSE '' END, md5(n::text) || '.example',
    CASE WHEN n < 40 THEN 'NO' ELSE 'DE' END, '', '', '', ARRAY['halo_c5'], 100, 'EUR', NULL, '', 0,
    CASE WHEN n < 30 THEN 'per_rare' ELSE 'per_tomas' END, at, 'per_' || n % 200,
    CASE WHEN n < 60 THEN 'vendor' WHEN n >= 120 AND n < 180 THEN 'partner' ELSE '' END, NULL,
    CASE WHEN n < 60 OR n >= 120 AND n < 180 THEN at END, 0, 0, 0, '', NULL, NULL, '', '', ARRAY[]::text[], NULL,
    CASE WHEN n < 120 AND n >= 60 OR n >= 180 THEN at + interval '90 days' END, CASE WHEN n < 25 THEN 4 WHEN n < 60 THEN 3 ELSE 1 END, 0
FROM generate_series(0, :rows) AS n, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute' AS at) AS time
"""


@pytest.fixture(scope="module")
def many(postgres: Databases) -> Iterator[sa.Engine]:
    """30,000 registrations, a minute apart; what the tests ask for is the oldest."""
    engine = sa.create_engine(postgres.service("deals").owner)
    with engine.begin() as connection:
        connection.execute(sa.text(SEED), {"rows": ROWS - 1})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE registration"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("filter", "order_by", "search"),
    [
        ("", "", ""),
        ("status = IN_REVIEW", "", ""),
        ("decider_id = per_rare", "", ""),
        ("conflict = HARD", "", ""),
        ("conflict >= PROBABLE", "", ""),
        ("country = NO", "", ""),
        ("organization_id = org_7", "", ""),
        ("owner_id = per_7", "", ""),
        ('status = IN_REVIEW AND decider_id = "per_rare"', "", ""),
        ('status = IN_REVIEW AND conflict >= "PROBABLE"', "clock_due_time", ""),
        ('status = ACTION_REQUIRED AND decider_id = "per_tomas"', "clock_due_time", ""),
        ("", "clock_due_time", ""),
        ("", "protected_until", ""),
        ("status = APPROVED", "protected_until", ""),
        ("", "", "zwoelfender"),
        ("", "", "DR-2026-00077"),
        ("", "", "Zwölfendr"),
    ],
)
def test_a_page_reads_few_rows(many: sa.Engine, filter: str, order_by: str, search: str) -> None:
    conditions = parse_filter(filter, {name: item.operators for name, item in LISTING.filters.items()})
    where = [_clause(REGISTRATIONS.table, LISTING.filters[item.field], item) for item in conditions]
    also = [*_found_by(search), *_ordered_ones(Question(order_by=order_by))]
    order = LISTING.orders[order_by or "create_time desc"]
    everything = Residual("registration", (EVERY,), {})
    statement = page_statement(REGISTRATIONS, everything, order=order, where=[*where, *also], after=None, limit=51)
    with many.connect() as connection:
        found, sent, values = _executed(connection, statement)
        plan = _generic_plan(connection, sent, values)
    assert found, "the test asks for something that is there"
    assert _touched(plan) <= MOST, plan


def _executed(connection: sa.Connection, statement: sa.Select[Any]) -> tuple[int, str, dict[str, Any]]:
    """(rows found, the statement as it was sent, its parameters)."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def keep(_connection: Any, _cursor: Any, text: str, values: dict[str, Any], *_: Any) -> None:
        sent.append((text, values))

    sa.event.listen(connection, "before_cursor_execute", keep)
    found = len(connection.execute(statement).all())
    sa.event.remove(connection, "before_cursor_execute", keep)
    return found, *sent[0]


def _generic_plan(connection: sa.Connection, text: str, values: dict[str, Any]) -> dict[str, Any]:
    """The plan that a prepared statement gets after a few runs, whatever its parameters."""
    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        names.append(match[1])
        return f"${len(names)}"

    numbered = re.sub(r"%\((\w+)\)s", place, text).replace("%%", "%")
    arguments = ", ".join(f"'{values[name]}'" for name in names)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    raw = psycopg.ClientCursor(driver)
    raw.execute("SET plan_cache_mode = force_generic_plan")
    raw.execute(f"PREPARE asked AS {numbered}")
    raw.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{f'({arguments})' if names else ''}")
    row = raw.fetchone()
    raw.execute("DEALLOCATE asked")
    return dict(row[0][0]["Plan"]) if row else {}


def _touched(plan: dict[str, Any]) -> int:
    """Rows that scans returned or threw away."""
    own = 0
    if "Scan" in plan["Node Type"]:
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        own = round((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    return own + sum(_touched(child) for child in plan.get("Plans", []))
