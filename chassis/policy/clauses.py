"""A condition on rows as SQL, with exactly the meaning it has in process; and rows as policies see them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.policy.residual import EVERY, TEXTUAL, Leaf, Node, Other, PolicyFault

INDEXED_DEPTHS = (2, 3)
Clause = sa.ColumnElement[bool]


def path_label(table: sa.Table, depth: int) -> sa.ColumnElement[str]:
    """One label of the path. Separator and depth stay literals: bound, the generic plan misses the index."""
    return sa.func.split_part(table.c.org_path, sa.literal_column("'.'"), sa.literal_column(str(depth)))


def clause(node: Node, table: sa.Table) -> Clause:
    """A condition as SQL, with the meaning that `residual.holds` gives it."""
    if isinstance(node, Leaf):
        return _leaf(node, table)
    if node == EVERY:
        return sa.true()
    parts = [clause(item, table) for item in node.nodes]
    if node.operator == "and":
        return sa.and_(*parts)
    if node.operator == "or":
        return sa.or_(*parts)
    return sa.not_(sa.func.coalesce(parts[0], sa.false()))


def _leaf(leaf: Leaf, table: sa.Table) -> Clause:
    """A comparison; one that is unknown because of a null counts as false wherever it stands (see `not` above)."""
    column, kind = _column(table, leaf.column), leaf.operator
    if kind in ("in", "nin"):
        return _listed(kind, column, leaf, table)
    if kind in TEXTUAL:
        return _text(kind, leaf, column, table)
    if isinstance(leaf.value, Other):
        return _compared(kind, column, _column(table, leaf.value.column))
    if leaf.value is None:
        nulls: dict[str, Clause] = {"eq": column.is_(None), "ne": column.is_not(None)}
        return nulls.get(kind, sa.false())
    return _compared(kind, column, sa.literal(typed(table.c[leaf.column], leaf.value), column.type), known=True)


def _listed(kind: str, column: Any, leaf: Leaf, table: sa.Table) -> Clause:
    values = [typed(table.c[leaf.column], item) for item in sorted(leaf.value, key=str) if item is not None]
    found: Clause = column == sa.any_(sa.literal(values, ARRAY(column.type))) if values else sa.false()
    return found if kind == "in" else sa.and_(column.is_not(None), sa.not_(found))


def _compared(kind: str, left: Any, right: Any, *, known: bool = False) -> Clause:
    """Null-safe eq and ne. `known` says that the right side is no null, so that an index serves a plain `=`."""
    if kind == "eq":
        found: Clause = left == right if known else left.is_not_distinct_from(right)
    elif kind == "ne":
        found = left.is_distinct_from(right)
    else:
        found = _SQL_ORDERING[kind](left, right)
    return found


_SQL_ORDERING: dict[str, Callable[[Any, Any], Clause]] = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def _text(kind: str, leaf: Leaf, column: Any, table: sa.Table) -> Clause:
    """Never LIKE: `_` in an id is a wildcard."""
    text = str(leaf.value)
    if kind == "contains":
        return sa.func.strpos(column, text) > 0
    if kind == "endswith":
        return sa.func.right(column, len(text)) == text
    starts: Clause = sa.func.starts_with(column, text)
    if leaf.column != "org_path" or not text.endswith("."):
        return starts
    labels = text.rstrip(".").split(".")
    depth = min(len(labels), INDEXED_DEPTHS[-1])
    if depth < INDEXED_DEPTHS[0]:
        return starts
    # Without coalesce the planner believes that hardly a row passes the recheck, and sorts instead of reading in order.
    return sa.and_(path_label(table, depth) == labels[depth - 1], sa.func.coalesce(starts, sa.false()))


def _column(table: sa.Table, name: str) -> Any:
    """A column as policies see it: a list is text, `,a,b,`, and the empty list is the empty text."""
    if name not in table.c:
        raise PolicyFault(f"{table.name} has no column {name}")
    column = table.c[name]
    if not isinstance(column.type, ARRAY):
        return column
    joined = sa.func.concat(",", sa.func.array_to_string(column, ","), ",")
    return sa.case((sa.func.cardinality(column) == 0, ""), (column.is_(None), None), else_=joined)


def typed(column: sa.Column[Any], value: Any) -> Any:
    """A JSON value as the column's type: times from epoch seconds or ISO 8601, dates from ISO 8601."""
    if value is None:
        return None
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    if isinstance(column.type, sa.Date) and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(column.type, sa.Numeric) and not isinstance(column.type, sa.Float):
        return Decimal(str(value))
    return value


_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def as_policy_value(value: Any) -> Any:
    """A value of a row as policies see it, the counterpart of the columns here: lists are text, times epoch seconds."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, list | tuple | frozenset | set):
        return f",{','.join(map(str, value))}," if value else ""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    return value


class PolicyRow(Mapping[str, Any]):
    """A row as policies see it, each column turned when it is looked at: a condition reads three of forty."""

    __slots__ = ("_row",)

    def __init__(self, row: Mapping[Any, Any]) -> None:
        self._row = row

    def __getitem__(self, name: str) -> Any:
        return as_policy_value(self._row[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def as_policy_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """All columns at once, for a row that is looked at many times or changed."""
    return dict(PolicyRow(row))
