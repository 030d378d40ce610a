"""The ways to a yes: every branch of the condition tree that decided, with the scope that opens it and what it asks of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.policy.explain import conditions_of, in_words, reason_of
from chassis.policy.residual import Leaf, Node, Residual, holds
from chassis.policy.roles import EVENT
from chassis.policy.subject import Subject

# What a role's scope opens: with `subtree` come the rows of her own organisation, wherever it has moved since.
OPENED_BY = {"own": {"own"}, "org": {"org", "subtree"}, "subtree": {"subtree"}, "assigned": {"assigned"}, "all": {"all"}}
ABOVE = "above"
PERSONAL = frozenset({"id", "owner_id", "person_id"})


@dataclass(frozen=True)
class Condition:
    """One comparison. `actual` is what the row has, None without a row; `reason` is what a refusal would say."""

    column: str
    operator: str
    value: str
    actual: Any
    holds: bool
    reason: str


@dataclass(frozen=True)
class Way:
    """A scope, the roles that have it, and the conditions that must all hold."""

    scope: str
    roles: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def holds(self) -> bool:
        return all(condition.holds for condition in self.conditions)


def ways_of(subject: Subject, action: str, residual: Residual, access: Mapping[str, Any], row: Mapping[str, Any] | None) -> tuple[Way, ...]:
    """Those that the subject's rights open, the ones that hold first. Without a row no condition holds."""
    found = [_way(subject, action, residual.resource, branch, access, row) for branch in residual.branches]
    return tuple(sorted(found, key=lambda way: (not way.holds, sum(not item.holds for item in way.conditions))))


def _way(subject: Subject, action: str, resource: str, branch: Node, access: Mapping[str, Any], row: Mapping[str, Any] | None) -> Way:
    nodes = conditions_of(branch)
    scope = next((found for node in nodes if isinstance(node, Leaf) and (found := _scope(node, subject))), "all")
    return Way(scope, _roles(scope, resource, action, access, row), tuple(_condition(node, subject, row) for node in nodes))


def _scope(leaf: Leaf, subject: Subject) -> str:
    """The scope that this comparison stands for; empty when it is a condition like any other."""
    if leaf.operator == "startswith":
        return "subtree" if leaf.column == "org_path" else ""
    if leaf.operator not in ("eq", "in"):
        return ""
    if leaf.column in PERSONAL and leaf.value == subject.id:
        return "own"
    if leaf.column == "org_id":
        return "org" if leaf.value == subject.org_id else "assigned"
    values = leaf.value if isinstance(leaf.value, frozenset) else {leaf.value}
    granted = {name for grant in subject.grants for name in (grant.object, f"{grant.resource}/{grant.object}")}
    if leaf.column in ("id", "aggregate"):
        return "grant" if values <= granted else ABOVE
    return ""


def _roles(scope: str, resource: str, action: str, access: Mapping[str, Any], row: Mapping[str, Any] | None) -> tuple[str, ...]:
    opening = OPENED_BY.get(scope, {"own", "org", "subtree", "assigned", "all"} if scope == ABOVE else set())
    about, verb = ((row or {}).get("resource", ""), "read") if resource == EVENT else (resource, action)
    roles = access.get("roles", {})
    return tuple(sorted(name for name, allowed in roles.items() if opening & set(allowed.get(about, {}).get(verb, ()))))


def _condition(node: Node, subject: Subject, row: Mapping[str, Any] | None) -> Condition:
    held = row is not None and holds(node, row)
    reason = reason_of(node, subject)
    if not isinstance(node, Leaf):
        return Condition("", node.operator, in_words(node), None, held, reason)
    value = in_words(node).removeprefix(f"{node.column} {node.operator} ")
    return Condition(node.column, node.operator, value, None if row is None else row[node.column], held, reason)
