"""Decisions are kept with the policy and the facts they were made from; refusals as often as the audit log keeps them."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from chassis.audit import tables as audit_tables
from chassis.audit.staging import AuditRecord, stage_coalesced
from chassis.policy.clauses import as_policy_row
from chassis.policy.decisions import keep, keep_counted
from chassis.policy.tables import decision as kept
from tests.integration.policy.conftest import NOW, World


def ids(connection: sa.Connection) -> set[str]:
    return set(connection.scalars(sa.select(kept.c.id)))


def test_a_yes_is_kept_with_what_it_was_made_from(world: World) -> None:
    row = as_policy_row(world.rows[0])
    made = world.policy.check(world.subject("auditor@v"), "read", "registration", row | {"status": "in_review"}, now=NOW)
    with world.database.writing() as connection:
        keep(connection, [made])
        found = connection.execute(sa.select(kept).where(kept.c.id == made.decision_id)).one()
    assert (found.subject, found.action, found.resource, found.object_id) == ("auditor@v", "read", "registration", row["id"])
    assert (found.allowed, found.revision) == (True, made.revision)
    assert found.facts == {"person": 1, "organization": 1, "roles": 1}


def test_repeated_refusals_are_counted_not_kept(world: World) -> None:
    first = world.policy.check(world.subject("auditor@v"), "update", "registration", as_policy_row(world.rows[0]), now=NOW)
    second = replace(first, at=NOW)
    assert second.decision_id != first.decision_id
    with world.database.writing() as connection:
        audit_tables.metadata.create_all(connection)
        for decision in (first, second):
            record = AuditRecord(NOW, "auditor@v", "registration.update", "", reason=decision.reason, decision_id=decision.decision_id)
            stage_coalesced(connection, record)
            keep_counted(connection, decision)
        assert ids(connection) >= {first.decision_id}
        assert second.decision_id not in ids(connection)
        found = connection.execute(sa.select(kept).where(kept.c.id == first.decision_id)).one()
    assert (found.reason, found.missing) == ("ROLE_MISSING", "a role with registration.update")
