"""The read side: one entity or a page of them, as far as the policy shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from chassis.errors import InvalidArgument, NotFound
from chassis.policy.filters import count_rows, select_page
from chassis.policy.policy import Policy, Residual
from chassis.policy.subject import Subject
from chassis.settings import SharedSettings
from chassis.store.entity import Entity
from chassis.store.entity import Mapping as EntityMapping
from chassis.store.pages import DEFAULT_SIZE, Condition, PageTokens, parse_filter, parse_order

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Filter:
    """A field that lists may be filtered by. `convert` turns its text into the column's value and raises ValueError."""

    column: str
    operators: tuple[str, ...] = ("=",)
    convert: Callable[[str], Any] = str


@dataclass(frozen=True)
class Listing:
    """What may be asked of a list. `orders` maps each spelling to (column, descending), the default first."""

    orders: Mapping[str, tuple[str, bool]]
    filters: Mapping[str, Filter] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What a caller asks of a list, as it arrived. `search` only ties a page token to it; `also` of the page does the searching."""

    size: int = 0
    token: str = ""
    filter: str = ""
    order_by: str = ""
    search: str = ""


@dataclass(frozen=True)
class Page(Generic[E]):
    """One page; `next_token` is empty on the last."""

    items: tuple[E, ...]
    next_token: str


@dataclass(frozen=True)
class Action:
    """An action and whether the subject may take it on an object now; `reason` says why not."""

    action: str
    allowed: bool
    reason: str = ""


@dataclass
class Reading:
    """An autocommit connection together with who reads."""

    connection: sa.Connection
    subject: Subject
    policy: Policy
    now: datetime
    settings: SharedSettings
    tokens: PageTokens

    def get(self, mapping: EntityMapping[E], id: str) -> E:
        """Raises NotFound, also where the subject may not see it."""
        row = self.connection.execute(mapping.select_one, {"id": id}).mappings().one_or_none()
        if row is None or not self.sees(mapping, row):
            raise NotFound(f"There is no {mapping.resource} {id[:64]}", metadata={"resource": mapping.resource})
        return mapping.from_row(row)

    def sees(self, mapping: EntityMapping[Any], row: Mapping[Any, Any]) -> bool:
        """Whether the subject may read this row."""
        return self.policy.check(self.subject, "read", mapping.resource, mapping.policy_row(row), now=self.now).allowed

    def may(self, mapping: EntityMapping[E], entity: E, action: str) -> Action:
        """Whether the subject may do this to the entity; for display, each call decides anew."""
        row = mapping.policy_row_of(entity)
        reason = self.policy.reason_against(self.subject, action, mapping.resource, row, now=self.now)
        return Action(action, not reason, reason)

    def page(self, mapping: EntityMapping[E], listing: Listing, question: Question, also: Sequence[sa.ColumnElement[bool]] = ()) -> Page[E]:
        """The next page of what the subject may see. `also` are conditions of the query itself, such as a search."""
        spelling = parse_order(question.order_by, tuple(listing.orders))
        column, descending = listing.orders[spelling]
        size = question.size or DEFAULT_SIZE
        asked = f"{mapping.resource}|{question.filter}|{question.search}|{spelling}|{self.subject.id}"
        rows = select_page(
            self.connection,
            mapping,
            self._residual(mapping, listing, question.filter),
            order=(column, descending),
            where=[*self._where(mapping, listing, question.filter), *also],
            after=self.tokens.open(question.token, asked),
            limit=size + 1,
        )
        items = tuple(mapping.from_row(row) for row in rows[:size])
        last = [_key(rows[size - 1][column]), rows[size - 1]["id"]] if len(rows) > size else None
        return Page(items, self.tokens.sign(last, asked) if last else "")

    def count(
        self, mapping: EntityMapping[E], listing: Listing, filter: str, also: Sequence[sa.ColumnElement[bool]] = (), limit: int = 100
    ) -> tuple[int, bool]:
        """(how many the subject may see, whether there are more); counting stops at `limit`."""
        residual = self._residual(mapping, listing, filter)
        found = count_rows(self.connection, mapping, residual, where=[*self._where(mapping, listing, filter), *also], limit=limit + 1)
        return min(found, limit), found > limit

    def _residual(self, mapping: EntityMapping[Any], listing: Listing, filter: str) -> Residual:
        residual = self.policy.filter(self.subject, "read", mapping.resource, now=self.now)
        hidden = residual.masks.get(mapping.resource, {})
        for condition in parse_filter(filter, {name: item.operators for name, item in listing.filters.items()}):
            if condition.field in hidden or listing.filters[condition.field].column in hidden:
                raise InvalidArgument.field("filter", f"{condition.field} is hidden from you")
        return residual

    def _where(self, mapping: EntityMapping[Any], listing: Listing, filter: str) -> list[sa.ColumnElement[bool]]:
        conditions = parse_filter(filter, {name: item.operators for name, item in listing.filters.items()})
        return [_clause(mapping.table, listing.filters[condition.field], condition) for condition in conditions]


def _clause(table: sa.Table, known: Filter, condition: Condition) -> sa.ColumnElement[bool]:
    """The value stands in the statement itself, quoted by SQLAlchemy: a plan made for any value at all believes that every value
    is as frequent as the next, and then walks the whole table for a rare one."""
    column = table.c[known.column]
    try:
        value = sa.bindparam(None, known.convert(condition.value), column.type, literal_execute=True)
    except (ValueError, KeyError):
        raise InvalidArgument.field("filter", f"{condition.value[:60]!r} is no value of {condition.field}") from None
    clauses: dict[str, sa.ColumnElement[bool]] = {
        "eq": column == value,
        "ne": column.is_distinct_from(value),
        "lt": column < value,
        "lte": column <= value,
        "gt": column > value,
        "gte": column >= value,
    }
    return clauses[condition.operator]


def _key(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
