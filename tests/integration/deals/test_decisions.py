"""Who may decide, what cannot be decided, and how a decision is taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from prm.deals.v1 import registrations_pb2 as pb
from sqlalchemy.exc import IntegrityError

from tests.integration.deals.world import Refused, World, person_fact

R = pb.Registration


def test_nobody_decides_what_he_sent_himself(world: World) -> None:
    """Ingrid is made seller and decider of the same partner; the policy refuses her, and so would the database."""
    from chassis.policy import putting

    fact = person_fact("per_both", "org_alpen", "partner_sales", ("org_alpen",), version=1)
    fact.roles.append("channel_manager")
    with world.host.database.writing() as connection:
        putting.put_person(connection, fact)
    made = world.submitted("per_both")
    assert made.decider_id == "per_ingrid"
    for decide in (world.approve, world.reject, world.send_back):
        with pytest.raises(Refused) as refused:
            decide(made.id, "per_both")
        assert (refused.value.code, refused.value.reason) == ("PERMISSION_DENIED", "SEPARATION_OF_DUTIES")
        assert refused.value.metadata["decision_id"].startswith("dec_")
    assert {item.action: item.reason for item in world.get(made.id, "per_both").actions}["approve"] == "SEPARATION_OF_DUTIES"
    assert world.approve(made.id, "per_ingrid").status == R.APPROVED


def test_the_database_refuses_it_too(world: World) -> None:
    made = world.submitted()
    with world.host.database.engine.connect() as connection, pytest.raises(IntegrityError, match="registration_duties"):
        connection.execute(sa.text("UPDATE registration SET decided_by = 'per_marta' WHERE id = :id"), {"id": made.id})


def test_only_the_partner_s_manager_decides(world: World) -> None:
    made = world.submitted()
    for person, code in (("per_ingrid", "NOT_FOUND"), ("per_marta", "PERMISSION_DENIED"), ("per_bastien", "PERMISSION_DENIED")):
        with pytest.raises(Refused) as refused:
            world.approve(made.id, person)
        assert refused.value.code == code, person


def test_decided_once(world: World) -> None:
    made = world.submitted()
    world.reject(made.id)
    for again in (world.approve, world.reject, world.send_back):
        with pytest.raises(Refused) as refused:
            again(made.id)
        assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "REGISTRATION_STATE")


def test_a_rejection_names_a_rule_of_the_programme(world: World) -> None:
    made = world.submitted()
    with pytest.raises(Refused) as unknown:
        world.reject(made.id, rule="because")
    assert unknown.value.code == "INVALID_ARGUMENT" and "rule" in unknown.value.fields
    with pytest.raises(Refused) as wordless:
        world.reject(made.id, text="   ")
    assert "text" in wordless.value.fields
    done = world.reject(made.id, rule="tender", text="It is a tender.")
    assert (done.status, done.decision_rule, done.decision_text) == (R.REJECTED, "tender", "It is a tender.")


def approve(world: World, id: str) -> pb.Registration:
    return world.approve(id)


def reject(world: World, id: str) -> pb.Registration:
    return world.reject(id)


def send_back(world: World, id: str) -> pb.Registration:
    return world.send_back(id, fields=("value",))


@pytest.mark.parametrize("decide", [approve, reject, send_back])
def test_undo(world: World, decide: Callable[[World, str], pb.Registration]) -> None:
    made = world.submitted()
    world.pass_time(hours=2)
    decided = decide(world, made.id)
    assert decided.HasField("undo_until")
    world.pass_time(minutes=4)
    assert {item.action: item.allowed for item in world.get(made.id, "per_tomas").actions}["retract"]
    back = world.retract(made.id, etag=decided.etag)
    assert back.status == R.IN_REVIEW and back.clock_side == R.VENDOR
    assert 119 <= back.clock_used_minutes <= 121  # the four minutes of the decision are nobody's
    assert not back.decided_by and not back.HasField("protected_until") and not back.HasField("undo_until") and not back.decision_rule
    kinds = [row.kind for row in world.rows("SELECT kind FROM jobs WHERE key = :k", k=made.id)]
    assert kinds == ["registration.decision_overdue"]
    assert world.rows("SELECT 1 FROM match_key WHERE id = :id", id=made.id)  # live again, so others' checks find it
    assert world.facts_recorded(made.id)[-1] == "decision_retracted"
    assert world.approve(made.id).status == R.APPROVED


@pytest.mark.parametrize("decide", [approve, reject, send_back])
def test_too_late_to_undo(world: World, decide: Callable[[World, str], pb.Registration]) -> None:
    made = world.submitted()
    decide(world, made.id)
    world.pass_time(minutes=6)
    with pytest.raises(Refused) as refused:
        world.retract(made.id)
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "DECISION_FINAL")
    said = {item.action: item.reason for item in world.get(made.id, "per_tomas").actions}
    assert said["retract"] == "DECISION_FINAL"
    assert not world.get(made.id, "per_tomas").HasField("undo_until")


def test_no_undo_once_the_partner_has_acted(world: World) -> None:
    made = world.submitted()
    world.send_back(made.id, fields=("value",))
    world.update(made.id, evidence_note="It is for the plant in Emden, line 2.", paths=("evidence_note",))
    with pytest.raises(Refused) as refused:
        world.retract(made.id)
    assert refused.value.reason == "DECISION_FINAL"


def test_nobody_undoes_another_s_decision(world: World) -> None:
    made = world.submitted()
    world.approve(made.id, "per_deniz")
    with pytest.raises(Refused) as refused:
        world.retract(made.id, "per_tomas")
    assert refused.value.code == "PERMISSION_DENIED"
    assert world.retract(made.id, "per_deniz").status == R.IN_REVIEW


def test_stale_etag(world: World) -> None:
    made = world.submitted()
    stale = made.etag
    world.send_back(made.id)
    for call in (world.approve, world.withdraw):
        with pytest.raises(Refused) as refused:
            call(made.id, etag=stale)
        assert (refused.value.code, refused.value.reason) == ("ABORTED", "ETAG_MISMATCH")


def test_a_repeated_request_id_decides_once(world: World) -> None:
    made = world.submitted()
    first = world.approve(made.id, request_id="approve-once-1")
    world.pass_time(minutes=1)
    assert world.approve(made.id, request_id="approve-once-1") == first
    assert world.facts_recorded(made.id).count("approved") == 1
    with pytest.raises(Refused) as reused:
        world.approve(made.id, request_id="approve-once-1", text="with other words")
    assert (reused.value.code, reused.value.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


def test_two_approvals_of_one_customer_at_once(world: World) -> None:
    """Two managers approve two partners' registrations of the same customer at the same moment: one is protected."""
    for _ in range(5):
        customer = {"name": f"Wettlauf {world.clock.now().timestamp()} AG", "domain": f"wettlauf-{world.clock.now().timestamp()}.example"}
        mine, theirs = world.submitted(customer=customer), world.submitted("per_noemi", customer=customer)
        assert theirs.conflict == pb.CONFLICT_CLASS_HARD
        answers = at_once(partial(world.approve, mine.id, "per_tomas"), partial(world.approve, theirs.id, "per_ingrid"))
        codes = sorted(item.reason if isinstance(item, Refused) else "approved" for item in answers)
        assert codes == ["REGISTRATION_CONFLICT", "approved"]
        held = world.rows("SELECT status FROM registration WHERE id IN (:a, :b) ORDER BY status", a=mine.id, b=theirs.id)
        assert [row.status for row in held] == ["approved", "in_review"]
        world.pass_time(minutes=1)


def test_one_registration_approved_twice_at_once(world: World) -> None:
    made = world.submitted()
    answers = at_once(lambda: world.approve(made.id, "per_tomas"), lambda: world.approve(made.id, "per_deniz"))
    assert sorted(item.reason if isinstance(item, Refused) else "" for item in answers) == ["", "REGISTRATION_STATE"]
    assert world.facts_recorded(made.id).count("approved") == 1


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Answers or refusals of calls that start together."""
    gate, found = threading.Barrier(len(calls)), []

    def run(call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found.append(call())
        except Refused as refused:
            found.append(refused)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return found
