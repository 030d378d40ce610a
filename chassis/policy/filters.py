"""From a residual to SQL: one branch for each arm, each from its own index, joined by UNION, then the rows.

PostgreSQL must never choose between the index of the filter and that of the order: it believes that rows lie evenly in
time, and a partner who went quiet then costs a walk over the whole table. So every branch selects keys only, ordered and
limited, from an index that begins with its own condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.policy.clauses import INDEXED_DEPTHS, Clause, clause, path_label, typed
from chassis.policy.residual import Group, Leaf, Node, Residual

COUNT_LIMIT = 100


class Rows(Protocol):
    """A table and the resource that its rows are."""

    @property
    def resource(self) -> str: ...
    @property
    def table(self) -> sa.Table: ...


@dataclass(frozen=True)
class Keyed:
    """Rows of a table whose key is not `id`, such as a log by position."""

    resource: str
    table: sa.Table
    key: str


def owned_indexes(table: sa.Table) -> list[sa.Index]:
    """The indexes that every owned table needs, one for each scope; declare them right after the table."""
    newest = (table.c.created_at.desc(), table.c.id.desc())
    name = table.name
    return [
        sa.Index(f"{name}_newest", *newest),
        sa.Index(f"{name}_owner", table.c.owner_id, *newest),
        sa.Index(f"{name}_org", table.c.org_id, *newest),
        *(sa.Index(f"{name}_path{depth}", path_label(table, depth), *newest) for depth in INDEXED_DEPTHS),
    ]


def filter_index(table: sa.Table, column: str) -> sa.Index:
    """The index of a column that lists may be filtered by, for those who see all rows."""
    return sa.Index(f"{table.name}_{column}", table.c[column], table.c.created_at.desc(), table.c.id.desc())


def select_page(
    connection: sa.Connection,
    rows: Rows,
    residual: Residual,
    *,
    order: tuple[str, bool],
    where: Sequence[Clause] = (),
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[sa.RowMapping]:
    """Up to `limit` rows that the residual shows, in order: (column, descending), ties by key in the same direction.

    `after` is [order value, key] of the last row before, as JSON values. Nulls come last ascending, first descending.
    """
    if residual.never:
        return []
    return connection.execute(page_statement(rows, residual, order=order, where=where, after=after, limit=limit)).mappings().all()


def count_rows(connection: sa.Connection, rows: Rows, residual: Residual, *, where: Sequence[Clause] = (), limit: int = COUNT_LIMIT) -> int:
    """How many rows the residual shows; counting stops at `limit`."""
    if residual.never:
        return 0
    keys = _Branches(rows, residual, _order(rows), where, None, limit).union()
    return int(connection.scalar(sa.select(sa.func.count()).select_from(keys.limit(limit).subquery())) or 0)


def page_statement(
    rows: Rows, residual: Residual, *, order: tuple[str, bool], where: Sequence[Clause], after: Sequence[Any] | None, limit: int
) -> sa.Select[Any]:
    """The statement of `select_page`."""
    found = _Branches(rows, residual, order, where, after, limit).union().subquery("page")
    table, ordering = rows.table, _Order(rows, order)
    return (
        sa.select(table)
        .join_from(found, table, table.c[ordering.key] == found.c[ordering.key])
        .order_by(*ordering.by(table.c))
        .limit(limit)
    )


def condition(residual: Residual, table: sa.Table) -> Clause:
    """The whole residual as one condition, for statements that are bounded otherwise, such as a walk by position."""
    return sa.or_(sa.false(), *(clause(node, table) for node in residual.branches))


def _order(rows: Rows) -> tuple[str, bool]:
    """The order that every scope has an index for."""
    return ("created_at", True) if "created_at" in rows.table.c else (_key(rows), False)


def _key(rows: Rows) -> str:
    return getattr(rows, "key", "id")


class _Order:
    """Sort by a column, then by the key, both in one direction."""

    def __init__(self, rows: Rows, order: tuple[str, bool]) -> None:
        self.column, self.descending = order
        self.key, self._table = _key(rows), rows.table
        self.names = tuple(dict.fromkeys((self.column, self.key)))

    def by(self, columns: Any) -> list[sa.ColumnElement[Any]]:
        """ORDER BY."""
        return [columns[name].desc() if self.descending else columns[name].asc() for name in self.names]

    def beyond(self, after: Sequence[Any]) -> Clause:
        """Rows that come after this one."""
        value, key = (typed(self._table.c[name], item) for name, item in zip((self.column, self.key), after, strict=True))
        column, ident = self._table.c[self.column], self._table.c[self.key]
        past_key: Clause = ident < key if self.descending else ident > key
        if self.column == self.key:
            return past_key
        if value is None:
            ties = sa.and_(column.is_(None), past_key)
            return sa.or_(ties, column.is_not(None)) if self.descending else ties
        pair, last = sa.tuple_(column, ident), sa.tuple_(sa.literal(value, column.type), sa.literal(key, ident.type))
        if self.descending:
            return pair < last
        return sa.or_(pair > last, column.is_(None)) if column.nullable else pair > last


class _Branches:
    """SELECTs of keys, one per branch of a residual."""

    def __init__(
        self, rows: Rows, residual: Residual, order: tuple[str, bool], where: Sequence[Clause], after: Sequence[Any] | None, limit: int
    ) -> None:
        self._table, self._order, self._limit = rows.table, _Order(rows, order), limit
        self._nodes = residual.branches
        self._where = [*where, *([self._order.beyond(after)] if after is not None else [])]

    def union(self) -> sa.Select[Any]:
        """Keys and order column of all branches, each once, in order."""
        parts = [self._branch(node) for node in self._nodes]
        whole = (parts[0] if len(parts) == 1 else sa.union(*(part.subquery().select() for part in parts))).subquery("keys")
        return sa.select(*(whole.c[name] for name in self._order.names)).order_by(*self._order.by(whole.c)).limit(self._limit)

    def _branch(self, node: Node) -> sa.Select[Any]:
        leaves = list(node.nodes) if isinstance(node, Group) and node.operator == "and" else [node]
        listed = next((leaf for leaf in leaves if _lists_organizations(leaf)), None)
        if isinstance(listed, Leaf):
            return self._each_organization(listed, [leaf for leaf in leaves if leaf is not listed])
        return self._ordered([clause(leaf, self._table) for leaf in leaves])

    def _ordered(self, conditions: Sequence[Clause]) -> sa.Select[Any]:
        keys = [self._table.c[name] for name in self._order.names]
        return sa.select(*keys).where(*conditions, *self._where).order_by(*self._order.by(self._table.c)).limit(self._limit)

    def _each_organization(self, listed: Leaf, others: Sequence[Node]) -> sa.Select[Any]:
        """A few rows of each listed organisation, so that each comes from the index in order."""
        many = len(listed.value) > self._limit and (self._order.column, self._order.descending) == ("created_at", True)
        keys = self._of_each(listed, others, self._limit, [self._not_before(listed, others)] if many else [])
        return keys.limit(self._limit)

    def _of_each(self, listed: Leaf, others: Sequence[Node], most: int, also: Sequence[Clause] = ()) -> sa.Select[Any]:
        """Keys of at most so many rows of each organisation, in order."""
        ids = sa.func.unnest(sa.cast(sorted(listed.value), ARRAY(sa.Text))).table_valued("id").render_derived(name="listed")
        conditions = [self._table.c[listed.column] == ids.c.id, *(clause(node, self._table) for node in others), *also]
        few = self._ordered(conditions).limit(most).correlate(ids).lateral("few")
        keys = sa.select(*(few.c[name] for name in self._order.names)).select_from(ids).join(few, sa.true())
        return keys.order_by(*self._order.by(few.c))

    def _not_before(self, listed: Leaf, others: Sequence[Node]) -> Clause:
        """The newest row of each organisation is enough to know a time before which no row of the page is: with 300 of them,
        a page looks at hundreds of keys and not at fifty of each."""
        bound = self._of_each(listed, others, 1).offset(self._limit - 1).limit(1).cte("bound")
        table, of = self._table.c, bound.c
        at = sa.func.coalesce(sa.select(of.created_at).scalar_subquery(), sa.literal_column("'-infinity'::timestamptz"))
        key = sa.func.coalesce(sa.select(of[self._order.key]).scalar_subquery(), sa.literal_column("''"))
        return sa.tuple_(table.created_at, table[self._order.key]) >= sa.tuple_(at, key)


def _lists_organizations(node: Node) -> bool:
    return isinstance(node, Leaf) and node.operator == "in" and node.column == "org_id"
