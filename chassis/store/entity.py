"""What a row is in the domain, and how the two are mapped onto each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeVar, get_type_hints

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.money import Money
from chassis.policy.clauses import PolicyRow


@dataclass(kw_only=True)
class Entity:
    """Something with an id, a history and rules of its own. Its methods change it and record what happened.

    `version` counts changes and makes the etag; `sequence` counts its events, gap-free, under its row lock. Both grow
    when a fact is recorded: nothing changes without one, and the store refuses a change that recorded none.
    """

    id: str
    version: int = 0
    sequence: int = 0
    created_at: datetime
    updated_at: datetime
    _recorded: list[Message] = field(default_factory=list, init=False, repr=False, compare=False)
    _changing_at: datetime | None = field(default=None, init=False, repr=False, compare=False)

    def record(self, event: Message) -> None:
        """Note a fact; it is staged in the transaction that stores the change."""
        if not self._recorded:
            self.version += 1
            self.updated_at = self._changing_at or self.updated_at
        self.sequence += 1
        self._recorded.append(event)

    def take_over(self, values: MappingType[str, Any]) -> list[str]:
        """Set these fields; -> the names of those that were different."""
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        return changed

    def change_at(self, now: datetime) -> None:
        """The time that changes from here on carry; the transaction says it."""
        self._changing_at = now

    @property
    def recorded(self) -> tuple[Message, ...]:
        """The facts noted since it was loaded."""
        return tuple(self._recorded)

    @property
    def etag(self) -> str:
        """Changes with every stored change."""
        return f'"{self.version}"'


@dataclass(kw_only=True)
class Owned(Entity):
    """An entity of a partner. Organisation and path are those of its creation: the distributor of record keeps it."""

    org_id: str
    org_path: str
    owner_id: str


E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Mapping(Generic[E]):
    """Ties a dataclass to its table by equal names. A Money field `value` is the columns `value_minor` and
    `value_currency`; an Enum is its value.

    `resource` names its policy and its events' aggregate, `prefix` its ids. `free_text` are columns whose content the
    audit log does not show, only that it changed.
    """

    resource: str
    prefix: str
    table: sa.Table
    model: type[E]
    free_text: frozenset[str] = frozenset()

    @cached_property
    def _types(self) -> dict[str, Any]:
        hints = get_type_hints(self.model)
        return {item.name: _bare(hints[item.name]) for item in dataclasses.fields(self.model) if item.init}

    @cached_property
    def _columns(self) -> dict[str, Callable[[E], Any]]:
        """How each column's value is got from an entity."""
        found: dict[str, Callable[[E], Any]] = {}
        for name, kind in self._types.items():
            if kind is Money:
                found |= {f"{name}_{part}": _part_of(name, part) for part in ("minor", "currency")}
            else:
                found[name] = _plain_of(name)
        return found

    @cached_property
    def _made(self) -> dict[str, Callable[[MappingType[Any, Any]], Any]]:
        """Fields that a row does not hold as they are."""
        money = {name: _money_from(name) for name, kind in self._types.items() if kind is Money}
        return money | {name: _enum_from(name, kind) for name, kind in self._types.items() if _is_enum(kind)}

    @cached_property
    def _taken(self) -> tuple[str, ...]:
        """All others."""
        return tuple(name for name in self._types if name not in self._made)

    def to_row(self, entity: E) -> dict[str, Any]:
        """The entity as column values."""
        return {name: value(entity) for name, value in self._columns.items()}

    def from_row(self, row: MappingType[Any, Any]) -> E:
        """The entity a row holds."""
        made = {name: make(row) for name, make in self._made.items()}
        return self.model(**made, **{name: row[name] for name in self._taken})

    def policy_row(self, row: MappingType[Any, Any]) -> MappingType[str, Any]:
        """The row as a policy sees it: `<column>` → JSON value; times are epoch seconds, lists text (`chassis.policy.clauses`)."""
        return PolicyRow(row)

    def policy_row_of(self, entity: E) -> MappingType[str, Any]:
        """The same of an entity as it is now; good until it changes."""
        return PolicyRow(_EntityRow(self._columns, entity))

    @cached_property
    def select(self) -> sa.Select[Any]:
        """All columns of all rows."""
        return sa.select(self.table)

    @cached_property
    def select_one(self) -> sa.Select[Any]:
        """One row by `:id`."""
        return self.select.where(self.table.c.id == sa.bindparam("id"))

    @cached_property
    def select_some(self) -> sa.Select[Any]:
        """The rows of `:ids`."""
        return self.select.where(self.table.c.id == sa.func.any(sa.bindparam("ids")))

    @cached_property
    def lock_one(self) -> sa.Select[Any]:
        """One row by `:id`, locked until the transaction ends."""
        return self.select_one.with_for_update()

    @cached_property
    def insert_one(self) -> sa.Insert:
        """A new row. Like all of these it is built once: building a statement takes longer than sending it."""
        return self.table.insert()

    @cached_property
    def update_one(self) -> sa.Update:
        """The columns that are given, of one row by `:of_id`."""
        return self.table.update().where(self.table.c.id == sa.bindparam("of_id"))

    @cached_property
    def delete_one(self) -> sa.Delete:
        """One row by `:of_id`."""
        return self.table.delete().where(self.table.c.id == sa.bindparam("of_id"))


def _bare(hint: Any) -> Any:
    """`X | None` → X."""
    arguments = [item for item in getattr(hint, "__args__", ()) if item is not type(None)]
    return arguments[0] if len(arguments) == 1 and type(None) in getattr(hint, "__args__", ()) else hint


class _EntityRow(MappingType[str, Any]):
    """The columns of an entity, each made when it is looked at."""

    __slots__ = ("_columns", "_entity")

    def __init__(self, columns: MappingType[str, Callable[[Any], Any]], entity: Entity) -> None:
        self._columns, self._entity = columns, entity

    def __getitem__(self, name: str) -> Any:
        return self._columns[name](self._entity)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _part_of(name: str, part: str) -> Callable[[Any], Any]:
    def get(entity: Any) -> Any:
        money = getattr(entity, name)
        return None if money is None else getattr(money, part)

    return get


def _plain_of(name: str) -> Callable[[Any], Any]:
    return lambda entity: _plain(getattr(entity, name))


_PLAIN = frozenset({str, int, float, bool, type(None), datetime})  # most are: asked first, as this runs for every column


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | frozenset):
        return list(value)
    return value


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _money_from(name: str) -> Callable[[MappingType[Any, Any]], Any]:
    def made(row: MappingType[Any, Any]) -> Money | None:
        minor = row[f"{name}_minor"]
        return None if minor is None else Money(row[f"{name}_currency"], minor)

    return made


def _enum_from(name: str, kind: Any) -> Callable[[MappingType[Any, Any]], Any]:
    return lambda row: None if row[name] is None else kind(row[name])
