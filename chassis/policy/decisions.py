"""Decisions are kept: what was asked, by whom, the answer, and from which policy and facts it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.audit.tables import audit_outbox
from chassis.errors import DomainError, FailedPrecondition, PermissionDenied
from chassis.ids import new_id
from chassis.policy.explain import STATE, TEXTS
from chassis.policy.tables import decision as table

_INSERT = table.insert()


@dataclass(frozen=True)
class Decision:
    """An answer. `facts` are the versions of person, organisation and roles, `revision` is the bundle's."""

    allowed: bool
    reason: str
    at: datetime
    subject: str
    action: str
    resource: str
    object_id: str = ""
    rule: str = ""
    missing: str = ""
    masks: Mapping[str, Any] = field(default_factory=dict)
    revision: str = ""
    facts: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def decision_id(self) -> str:
        """Minted when somebody asks for it: most decisions are looked at and forgotten, and half their time was the id."""
        return new_id("dec", self.at)

    def as_row(self) -> dict[str, Any]:
        """As it is kept."""
        named = ("allowed", "reason", "at", "subject", "action", "resource", "object_id", "rule", "missing", "revision")
        return {"id": self.decision_id, "facts": dict(self.facts), **{name: getattr(self, name) for name in named}}


class Refused(PermissionDenied):
    """A no of the policy. `decision` says all of it."""

    def __init__(self, text: str, *, reason: str, metadata: Mapping[str, str], decision: Decision) -> None:
        super().__init__(text, reason=reason, metadata=metadata)
        self.decision = decision


def refusal(decision: Decision, org_id: str = "") -> DomainError:
    """The error for a no. Where only the state of the object is wrong, it is a precondition, as the model would say."""
    metadata = {
        "decision_id": decision.decision_id,
        "action": f"{decision.resource}.{decision.action}",
        "subject": f"{decision.resource}/{decision.object_id}" if decision.object_id else "",
        "organization_id": org_id,
        "rule": decision.rule,
        "missing": decision.missing,
        "policy": decision.revision,
    }
    shown = {name: value for name, value in metadata.items() if value}
    text = TEXTS.get(decision.reason, "You may not do this")
    if decision.reason == STATE:
        return FailedPrecondition(text, reason=f"{decision.resource.upper()}_STATE", metadata=shown)
    return Refused(text, reason=decision.reason, metadata=shown, decision=decision)


def keep(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    """Keep what a command was allowed, in its own transaction."""
    if decisions:
        connection.execute(_INSERT, [item.as_row() for item in decisions])


def keep_counted(connection: sa.Connection, decision: Decision) -> None:
    """Keep a no or an audited read right after its audit record was staged; repeats that the audit log only counts are not kept."""
    row = decision.as_row()
    recorded = sa.exists().where(audit_outbox.c.decision_id == decision.decision_id)
    values = sa.select(*(sa.literal(value, table.c[name].type) for name, value in row.items())).where(recorded)
    connection.execute(insert(table).from_select(list(row), values))
