"""Why not: the rule that refuses and the fact that is missing, read off the same condition tree that decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.policy.residual import ORDERING, Group, Leaf, Node, Other, Residual, holds
from chassis.policy.subject import Subject

OPEN_ORGANIZATION = ("active", "onboarding", "contracting")

# Permanent reasons, the nearest to a yes last: of several rules that fail, the nearest one is told.
NO_ACCOUNT = "PERSON_NOT_ACTIVE"
NO_ORGANIZATION = "ORGANIZATION_NOT_ACTIVE"
TOXIC = "TOXIC_ROLES"
NO_ROLE = "ROLE_MISSING"
OUT_OF_SCOPE = "OUT_OF_SCOPE"
SEPARATION = "SEPARATION_OF_DUTIES"
LIMIT = "LIMIT_EXCEEDED"
CONDITION = "CONDITION_NOT_MET"
STATE = "WRONG_STATE"
NEARNESS = (OUT_OF_SCOPE, SEPARATION, LIMIT, CONDITION, STATE)
TEXTS = {
    NO_ACCOUNT: "Your account has no access",
    NO_ORGANIZATION: "Your organisation has no access",
    TOXIC: "You hold roles that nobody may hold together",
    NO_ROLE: "None of your roles allows this",
    OUT_OF_SCOPE: "Your roles allow this, but not here",
    SEPARATION: "You made, changed or submitted this yourself, or it is about you: somebody else has to do it",
    LIMIT: "The amount is above your limit",
    CONDITION: "You may not do this with it as it is",
    STATE: "It is not in a state for this",
}
SCOPE_COLUMNS = frozenset({"id", "org_id", "org_path", "owner_id", "resource", "aggregate"})


@dataclass(frozen=True)
class Explanation:
    """A reason, the rule that said it and the fact that is missing, in words for a log or a panel."""

    reason: str
    rule: str
    missing: str


def explain(subject: Subject, action: str, residual: Residual, access: Mapping[str, Any], row: Mapping[str, Any]) -> Explanation:
    """Why `residual.predicate(row)` is false."""
    rule = f"prm.resource.{residual.resource}.include"
    if residual.never:
        return _without_row(subject, action, residual.resource, access)
    reason, leaf = max((_nearest(branch, subject, row) for branch in residual.branches), key=lambda found: NEARNESS.index(found[0]))
    return Explanation(reason, rule, "" if leaf is None else in_words(leaf))


def _without_row(subject: Subject, action: str, resource: str, access: Mapping[str, Any]) -> Explanation:
    if subject.state != "active":
        return Explanation(NO_ACCOUNT, "prm.lib.active", "subject.state = active")
    if subject.org_state not in OPEN_ORGANIZATION:
        return Explanation(NO_ORGANIZATION, "prm.lib.active", f"subject.org_state in {', '.join(OPEN_ORGANIZATION)}")
    toxic = [pair for pair in access.get("toxic_pairs", []) if set(pair) <= set(subject.roles)]
    if toxic:
        return Explanation(TOXIC, "prm.lib.toxic", f"not {' and '.join(toxic[0])} together")
    scoped = any(permissions.get(resource, {}).get(action) for permissions in access.get("roles", {}).values())
    if scoped:
        return Explanation(OUT_OF_SCOPE, f"prm.resource.{resource}.include", "a fact that its scope needs")
    return Explanation(NO_ROLE, "prm.lib.scopes", f"a role with {resource}.{action}")


def _nearest(branch: Node, subject: Subject, row: Mapping[str, Any]) -> tuple[str, Leaf | None]:
    """What keeps this branch from holding; of several conditions the one farthest from a yes."""
    failing = [node for node in conditions_of(branch) if not holds(node, row)]
    reasons = [(reason_of(node, subject), node if isinstance(node, Leaf) else None) for node in failing]
    return min(reasons, key=lambda found: NEARNESS.index(found[0]), default=(CONDITION, None))


def conditions_of(branch: Node) -> tuple[Node, ...]:
    """What must all hold for the branch to hold."""
    if not isinstance(branch, Group) or branch.operator != "and":
        return (branch,)
    return tuple(inner for node in branch.nodes for inner in conditions_of(node))


def reason_of(node: Node, subject: Subject) -> str:
    """The permanent reason for a refusal because of this condition."""
    if not isinstance(node, Leaf):
        return CONDITION
    if node.column in SCOPE_COLUMNS:
        return OUT_OF_SCOPE
    if node.operator == "ne" and node.value == subject.id:
        return SEPARATION
    if node.operator in ORDERING:
        return LIMIT
    return STATE if node.column == "status" else CONDITION


def in_words(node: Node) -> str:
    """`status eq in_review`; long lists are counted, what is nested stands in brackets."""
    if not isinstance(node, Leaf):
        words = f" {node.operator} ".join(f"({in_words(inner)})" for inner in node.nodes)
        return f"not {words}" if node.operator == "not" else words
    value = node.value
    if isinstance(value, frozenset):
        value = f"{len(value)} values" if len(value) > 5 else ", ".join(sorted(map(str, value)))
    if isinstance(value, Other):
        value = value.column
    return f"{node.column} {node.operator} {value}"
