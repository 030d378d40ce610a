"""What OPA answers about rows it has not seen: a condition tree, parsed once, evaluated in process or turned into SQL.

A column may be null. `eq` and `ne` are null-safe, as in Rego; everything else against null is false, and `not` has two
values. Whatever is not understood raises PolicyFault: fail closed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import Unavailable

MAX_NODES = 2000
ORDERING: dict[str, Callable[[Any, Any], bool]] = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
TEXTUAL: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
LEAVES = frozenset({"eq", "ne", "in", "nin", *ORDERING, *TEXTUAL})
COMPARING = frozenset({"eq", "ne", *ORDERING})
Predicate = Callable[[Mapping[str, Any]], bool]


class PolicyFault(Unavailable):
    """The policy's answer cannot be used: a defect of a policy, never the caller's fault, never a yes."""

    reason = "POLICY_FAULT"


@dataclass(frozen=True)
class Other:
    """The right side of a comparison of two columns."""

    column: str


@dataclass(frozen=True)
class Leaf:
    """`column operator value`; the value is an Other where two columns are compared."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Group:
    """and, or, not."""

    operator: str
    nodes: tuple[Node, ...]


Node = Leaf | Group
EVERY = Group("and", ())


@dataclass(frozen=True)
class Residual:
    """Which rows: those for which one of the branches holds. No branch is no row, EVERY is all rows.

    `masks` are the hidden fields by resource.
    """

    resource: str
    branches: tuple[Node, ...]
    masks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def never(self) -> bool:
        """Whether there is no row at all."""
        return not self.branches

    @property
    def always(self) -> bool:
        """Whether all rows are among them."""
        return EVERY in self.branches

    def predicate(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is among them. Raises PolicyFault when the row lacks a column that the policy looks at."""
        try:
            return any(holds(node, row) for node in self.branches)
        except (KeyError, TypeError) as error:
            raise PolicyFault(f"The policy of {self.resource} does not fit its rows") from error


def parse(resource: str, body: Mapping[str, Any]) -> Residual:
    """The body of a compile answer. A hint means that a rule was dropped for a misspelt name, so it is a fault."""
    if body.get("hints"):
        raise PolicyFault(f"The policy of {resource} names something that does not exist")
    result = body.get("result")
    if not isinstance(result, Mapping) or result.get("query") is None:
        return Residual(resource, ())
    query, masks = result["query"], result.get("masks", {})
    if not isinstance(query, Mapping) or not isinstance(masks, Mapping):
        raise PolicyFault("not a condition tree")
    return Residual(resource, branches_of(_Parser(resource).node(query)) if query else (EVERY,), masks)


class _Parser:
    def __init__(self, resource: str) -> None:
        self._prefix, self._left = f"{resource}.", MAX_NODES

    def node(self, raw: Any) -> Node:
        self._left -= 1
        if self._left < 0 or not isinstance(raw, Mapping):
            raise PolicyFault("too large, or not a condition tree")
        if raw.get("type") == "compound":
            return self._group(raw.get("operator"), raw.get("value"))
        if raw.get("type") == "field":
            return self._leaf(raw.get("operator"), raw)
        raise PolicyFault(f"unknown node {raw.get('type')!r}")

    def _group(self, kind: Any, value: Any) -> Group:
        if kind not in ("and", "or", "not") or not isinstance(value, list) or not value or (kind == "not" and len(value) != 1):
            raise PolicyFault(f"unknown group {kind!r}")
        return Group(kind, tuple(self.node(item) for item in value))

    def _leaf(self, kind: Any, raw: Mapping[str, Any]) -> Leaf:
        if kind not in LEAVES or "value" not in raw:
            raise PolicyFault(f"unknown operator {kind!r}")
        value = raw["value"]
        if (kind in ("in", "nin")) != isinstance(value, list):
            raise PolicyFault(f"{kind} with {type(value).__name__}")
        if isinstance(value, Mapping):
            if set(value) != {"field"} or kind not in COMPARING:
                raise PolicyFault("unknown right side")
            value = Other(self._column(value["field"]))
        elif kind in TEXTUAL and not isinstance(value, str):
            raise PolicyFault(f"{kind} with {type(value).__name__}")
        return Leaf(self._column(raw.get("field")), kind, frozenset(value) if isinstance(value, list) else value)

    def _column(self, name: Any) -> str:
        if not isinstance(name, str) or not name.startswith(self._prefix):
            raise PolicyFault(f"{name!r} is no column of {self._prefix[:-1]}")
        return name.removeprefix(self._prefix)


def branches_of(node: Node) -> tuple[Node, ...]:
    """The arms of the top-level `or`; arms that no row can meet are dropped, and an arm that every row meets is all."""
    arms = node.nodes if isinstance(node, Group) and node.operator == "or" else (node,)
    live = tuple(dict.fromkeys(arm for arm in arms if not _never(arm)))
    return (EVERY,) if EVERY in live else live


def _never(node: Node) -> bool:
    if isinstance(node, Leaf):
        return node.operator == "in" and not node.value
    if node.operator == "and":
        return any(_never(item) for item in node.nodes)
    return node.operator == "or" and all(_never(item) for item in node.nodes)


def holds(node: Node, row: Mapping[str, Any]) -> bool:
    """Whether the condition holds for a row. Raises KeyError for a missing column."""
    if isinstance(node, Leaf):
        return leaf_holds(node, row)
    if node.operator == "and":
        return all(holds(item, row) for item in node.nodes)
    if node.operator == "or":
        return any(holds(item, row) for item in node.nodes)
    return not holds(node.nodes[0], row)


def leaf_holds(leaf: Leaf, row: Mapping[str, Any]) -> bool:
    """Whether one comparison holds."""
    kind, left = leaf.operator, row[leaf.column]
    right = row[leaf.value.column] if isinstance(leaf.value, Other) else leaf.value
    if kind == "eq":
        return bool(left == right)
    if kind == "ne":
        return bool(left != right)
    if left is None or right is None:
        return False
    if kind in ("in", "nin"):
        return (left in right) is (kind == "in")
    return bool((ORDERING.get(kind) or TEXTUAL[kind])(left, right))
