"""From a draft to protection and its end, as the people of both sides see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from google.type.date_pb2 import Date
from prm.deals.v1 import events_pb2
from prm.deals.v1 import registrations_pb2 as pb

from tests.integration.deals.world import Refused, World

R = pb.Registration


def actions(registration: pb.Registration) -> dict[str, str]:
    """action → reason, empty when allowed."""
    return {item.action: "" if item.allowed else item.reason for item in registration.actions}


def test_the_whole_story(world: World) -> None:
    draft = world.create()
    assert draft.status == R.DRAFT and draft.number.startswith("DR-2026-")
    assert draft.organization_id == "org_hafen" and draft.owner_id == "per_marta"
    assert actions(world.get(draft.id)) | {"update": "", "submit": "", "discard": ""} == actions(world.get(draft.id))

    changed = world.update(draft.id, customer=pb.Customer(town="Cuxhaven"), etag=draft.etag)
    assert changed.customer.town == "Cuxhaven" and changed.etag != draft.etag

    sent = world.submit(draft.id, etag=changed.etag)
    assert sent.status == R.SUBMITTED and sent.submitted_by == "per_marta" and sent.HasField("submit_time")

    world.run_jobs()
    waiting = world.get(draft.id)
    assert waiting.status == R.IN_REVIEW and waiting.decider_id == "per_tomas"
    assert waiting.clock_side == R.VENDOR and waiting.clock_total_minutes == 48 * 60
    assert waiting.conflict == pb.CONFLICT_CLASS_NONE
    assert actions(waiting)["update"] == "REGISTRATION_READ_ONLY" and actions(waiting)["withdraw"] == ""
    assert actions(world.get(draft.id, "per_tomas"))["approve"] == ""

    approved = world.approve(draft.id, etag=waiting.etag, text="Good luck.")
    assert approved.status == R.APPROVED and approved.decided_by == "per_tomas" and approved.decision_text == "Good luck."
    assert not approved.HasField("clock_due_time")
    until = approved.protected_until.ToDatetime(tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    assert until.strftime("%Y-%m-%d %H:%M:%S") == "2027-02-22 23:59:59"  # 90 days after 24 November
    told = world.last_fact(draft.id, events_pb2.RegistrationApproved)
    assert told.last_day == Date(year=2027, month=2, day=22)

    world.move_to(datetime(2027, 2, 23, 0, 0, 1, tzinfo=ZoneInfo("Europe/Berlin")))
    world.run_jobs()
    ended = world.get(draft.id)
    assert ended.status == R.EXPIRED and ended.protected_until == approved.protected_until
    assert [fact for fact in world.facts_recorded(draft.id) if fact != "expiring"] == [
        "created", "updated", "submitted", "review_started", "approved", "expired",
    ]  # fmt: skip


def test_a_question_and_its_answer(world: World) -> None:
    asked = world.submitted()
    first = asked.submit_time
    world.pass_time(hours=5)
    back = world.send_back(asked.id, text="Which plant?", fields=("customer.tax_id",))
    assert back.status == R.ACTION_REQUIRED and back.clock_side == R.PARTNER and back.clock_total_minutes == 5 * 24 * 60
    assert list(back.requested_fields) == ["customer.tax_id", "evidence_note"]
    with pytest.raises(Refused) as closed:
        world.update(asked.id, customer=pb.Customer(name="Somebody else"), paths=("customer.name",))
    assert (closed.value.code, closed.value.reason) == ("FAILED_PRECONDITION", "REGISTRATION_READ_ONLY")
    world.pass_time(hours=3)
    world.update(asked.id, customer=pb.Customer(tax_id="DE136695976"), paths=("customer.tax_id",))
    again = world.submit(asked.id)
    assert again.submit_time == first  # filling in what was asked keeps the priority
    world.run_jobs()
    now = world.get(asked.id)
    assert now.status == R.IN_REVIEW and now.clock_used_minutes in (300, 301)  # five hours, and not the partner's three
    assert now.decision_text == "Which plant?"  # what was asked stays readable
    due = now.clock_due_time.ToDatetime(tzinfo=UTC) - first.ToDatetime(tzinfo=UTC)
    assert timedelta(hours=50, minutes=59) < due < timedelta(hours=51, minutes=1)
    assert world.rows("SELECT count(*) AS n FROM jobs WHERE key = :k AND kind = 'registration.answer_overdue'", k=asked.id)[0].n == 0


def test_another_customer_or_product_loses_the_priority(world: World) -> None:
    asked = world.submitted()
    world.send_back(asked.id, fields=("product_families", "customer"))
    world.update(asked.id, product_families=["halo_c12", "vigil"], paths=("product_families",))
    world.pass_time(hours=1)
    assert world.submit(asked.id).submit_time.seconds > asked.submit_time.seconds
    kept = world.rows("SELECT sets_priority FROM submission WHERE registration_id = :r ORDER BY id", r=asked.id)
    assert [row.sets_priority for row in kept] == [True, True]


def test_nobody_answers(world: World) -> None:
    asked = world.submitted("per_bastien")
    back = world.send_back(asked.id)
    due = back.clock_due_time.ToDatetime(tzinfo=UTC)
    assert due.astimezone(ZoneInfo("Europe/Paris")).strftime("%a %d") == "Tue 01"  # five working days from Tuesday, 24 November
    world.move_to(due - timedelta(minutes=1))
    world.run_jobs()
    assert world.get(asked.id, "per_bastien").status == R.ACTION_REQUIRED
    world.move_to(due + timedelta(minutes=1))
    world.run_jobs()
    ended = world.get(asked.id, "per_bastien")
    assert ended.status == R.WITHDRAWN and ended.decision_rule == "no_answer" and not ended.HasField("clock_due_time")


def test_a_programme_may_wait_for_answers(world: World) -> None:
    began = world.clock.now()
    world.schedule("registration.auto_withdraw", "false")
    asked = world.submitted()
    world.send_back(asked.id)
    world.pass_time(days=20)
    world.run_jobs()
    assert world.get(asked.id).status == R.ACTION_REQUIRED
    world.move_to(began + timedelta(minutes=1))
    world.schedule("registration.auto_withdraw", "true")


def test_taken_back_by_the_partner(world: World) -> None:
    sent = world.submit(world.create().id)  # even before the check ran
    gone = world.withdraw(sent.id, text="The customer postponed it.", etag=sent.etag)
    assert gone.status == R.WITHDRAWN and gone.decision_text == "The customer postponed it."
    world.run_jobs()
    assert world.get(sent.id).status == R.WITHDRAWN
    with pytest.raises(Refused) as again:
        world.withdraw(sent.id)
    assert (again.value.code, again.value.reason) == ("FAILED_PRECONDITION", "REGISTRATION_STATE")
    assert not world.rows("SELECT 1 FROM match_key WHERE id = :id", id=sent.id)


def test_drafts_are_thrown_away_for_good(world: World) -> None:
    draft = world.create()
    world.discard(draft.id)
    with pytest.raises(Refused) as gone:
        world.get(draft.id)
    assert gone.value.code == "NOT_FOUND"
    with pytest.raises(Refused) as sent:
        world.discard(world.submitted().id)
    assert sent.value.reason == "REGISTRATION_STATE"


def test_the_vendor_is_late(world: World) -> None:
    waiting = world.submitted()
    world.pass_time(hours=49)
    world.run_jobs()
    late = world.get(waiting.id, "per_tomas")
    assert late.status == R.IN_REVIEW and "decision_overdue" in world.facts_recorded(waiting.id)
    assert late.clock_used_minutes >= 49 * 60 - 1
    assert world.approve(waiting.id).status == R.APPROVED
    assert not world.rows("SELECT 1 FROM jobs WHERE key = :k AND kind LIKE '%overdue'", k=waiting.id)


def test_reminders_come_one_by_one(world: World) -> None:
    approved = world.approve(world.submitted().id)
    until = approved.protected_until.ToDatetime(tzinfo=UTC)
    for count, days in enumerate((30, 14, 3)):
        world.move_to(until - timedelta(days=days) - timedelta(hours=16, minutes=1))
        world.run_jobs()
        assert world.facts_recorded(approved.id).count("expiring") == count
        world.move_to(until - timedelta(days=days) - timedelta(hours=15))
        world.run_jobs()
    said = world.rows(
        "SELECT body FROM outbox WHERE aggregate = :a AND type LIKE '%expiring%' ORDER BY id", a=f"registration/{approved.id}"
    )
    assert [events_pb2.RegistrationExpiring.FromString(row.body).days_left for row in said] == [30, 14, 3]
