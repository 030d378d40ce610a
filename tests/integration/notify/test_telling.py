"""From a fact about a registration to what people see and get."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from prm.deals.v1 import events_pb2 as deals
from prm.notify.v1 import notifications_pb2 as pb

from tests.hosting import Refused
from tests.integration.notify.conftest import DECIDER, OWNER, address
from tests.mailbox import plain

UNDO = timedelta(minutes=5)


def at(moment) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def test_the_decider_is_told_at_once_in_the_portal_and_by_mail(world):
    key = world.registration()
    world.tell(deals.RegistrationReviewStarted, key, decider_id=DECIDER, due_time=at(world.now + timedelta(days=2)))
    (seen,) = world.told(DECIDER, f"registration/{key}")
    assert seen.text.startswith(f"DR-2026-{key} waits for your decision until ")
    assert (seen.kind, seen.link, seen.HasField("read_time")) == ("registration.review_started", f"/deals/{key}", False)
    world.notify.settle()
    (mail,) = world.mail.to(address(DECIDER))
    assert mail["Subject"] == seen.text
    assert f"https://p.example/deals/{key}" in plain(mail)
    (delivery,) = world.deliveries(notification_id=seen.id)
    assert (delivery.state, delivery.attempts, delivery.error) == ("sent", 1, "")
    assert mail["Message-ID"] == f"<{delivery.id}@prm.example>"


def test_without_a_decider_the_programme_managers_are_told(world):
    key = world.registration()
    world.tell(deals.RegistrationReviewStarted, key)
    assert len(world.told("programme_manager", f"registration/{key}")) == 1
    assert len(world.told("programme_manager2", f"registration/{key}")) == 1
    assert world.told(DECIDER, f"registration/{key}") == []


def test_the_end_of_protection_is_the_programmes_day_for_every_reader(world):
    key = world.registration()
    world.approve(key, last_day=Date(year=2027, month=2, day=22))
    world.tell(deals.RegistrationExpiring, key, days_left=3, last_day=Date(year=2027, month=2, day=22))
    world.notify.shift(timedelta(seconds=2))
    world.notify.settle()
    said = [item.text for item in world.told(OWNER, f"registration/{key}")]
    assert len(said) == 2 and all("22. Feb. 2027" in text and ":" not in text for text in said), said


def test_a_decision_is_told_only_when_it_can_no_longer_be_undone(world):
    key = world.registration()
    before = world.call(OWNER)("CountUnread", pb.CountUnreadRequest()).count
    world.approve(key, UNDO)
    world.notify.settle()
    world.notify.shift(UNDO - timedelta(seconds=5))
    world.notify.settle()
    assert world.told(OWNER, f"registration/{key}") == []
    assert world.call(OWNER)("CountUnread", pb.CountUnreadRequest()).count == before
    assert world.mail.messages == []
    world.notify.shift(UNDO + timedelta(seconds=2))
    world.notify.settle()
    (seen,) = world.told(OWNER, f"registration/{key}")
    assert seen.text.startswith(f"DR-2026-{key} ist genehmigt und bis "), "in her language"
    assert world.call(OWNER)("CountUnread", pb.CountUnreadRequest()).count == before + 1
    assert len(world.mail.to(address(OWNER))) == 1


def test_a_decision_taken_back_in_time_was_never_told(world):
    key = world.registration()
    world.approve(key, UNDO)
    world.retract(key)
    world.notify.shift(2 * UNDO)
    world.notify.settle()
    assert world.told(OWNER, f"registration/{key}") == []
    assert world.mail.messages == []


def test_a_decision_taken_back_after_the_mail_left_is_taken_back_by_mail_too(world):
    key = world.registration()
    world.approve(key)
    world.notify.shift(timedelta(seconds=2))
    world.notify.settle()
    world.retract(key)
    world.notify.settle()
    (seen,) = world.told(OWNER, f"registration/{key}")
    assert seen.kind == "registration.decision_retracted"
    assert [mail["Subject"] for mail in world.mail.to(address(OWNER))][-1] == seen.text


def test_a_decision_taken_back_while_its_mail_leaves_counts_as_told(world):
    key = world.registration()
    world.approve(key)
    world.notify.shift(timedelta(seconds=2))
    world.notify.jobs.run_clock()
    world.mail.seconds = 1.0
    with ThreadPoolExecutor(1) as threads:
        leaving = threads.submit(world.notify.jobs.run_effect)
        time.sleep(0.4)
        world.retract(key)  # waits for the mail: it holds the job's row
        assert leaving.result() is True
    world.mail.seconds = 0.0
    world.notify.settle()
    assert [item.kind for item in world.told(OWNER, f"registration/{key}")] == ["registration.decision_retracted"]
    assert [item.state for item in world.deliveries(person_id=OWNER) if item.subject == f"registration/{key}"] == ["sent", "sent"]
    assert len(world.mail.to(address(OWNER))) == 2


def test_taking_back_touches_only_the_last_round(world):
    key = world.registration()
    first = {"undo_until": at(world.now), "due_time": at(world.now + timedelta(days=5)), "requested_by": DECIDER}
    world.tell(deals.RegistrationActionRequested, key, DECIDER, **first)
    world.notify.shift(timedelta(seconds=2))
    world.notify.settle()
    world.tell(deals.RegistrationActionRequested, key, DECIDER, **first | {"undo_until": at(world.now + UNDO)})
    world.retract(key, "action_required")
    world.notify.shift(2 * UNDO)
    world.notify.settle()
    assert [item.kind for item in world.told(OWNER, f"registration/{key}")] == ["registration.action_requested"]
    assert len(world.mail.to(address(OWNER))) == 1


def test_the_same_event_twice_tells_once(world):
    key = world.registration()
    envelope = world.tell(deals.RegistrationExpired, key)
    fact = deals.RegistrationExpired(registration_id=key, number="x", organization_id="r", owner_id=OWNER)
    world.notify.redeliver(fact, envelope)
    assert len(world.told(OWNER, f"registration/{key}")) == 1


def test_nobody_is_told_what_he_did_himself(world):
    key = world.registration()
    world.tell(deals.RegistrationWithdrawn, key, DECIDER, decider_id=DECIDER)
    assert world.told(DECIDER, f"registration/{key}") == []
    world.tell(deals.RegistrationWithdrawn, key, OWNER, decider_id=DECIDER)
    assert len(world.told(DECIDER, f"registration/{key}")) == 1


def test_once_the_owner_has_left_the_partners_administrators_are_told(world):
    world.notify.put_person("partner_marketing@r", 2, state="deactivated")
    key = world.registration()
    world.tell(deals.RegistrationExpired, key, owner_id="partner_marketing@r")
    (seen,) = world.told("partner_admin@r", f"registration/{key}")
    assert seen.text == f"La protection de DR-2026-{key} a pris fin"
    assert world.told("partner_admin@d", f"registration/{key}") == []


def test_an_overdue_decision_is_told_to_decider_and_programme(world):
    key = world.registration()
    world.tell(deals.RegistrationDecisionOverdue, key, decider_id=DECIDER)
    for person in (DECIDER, "programme_manager", "programme_manager2"):
        assert [item.kind for item in world.told(person, f"registration/{key}")] == ["registration.decision_overdue"]


def test_the_free_text_of_a_decision_has_no_way_into_a_message(world):
    key = world.registration()
    world.tell(deals.RegistrationRejected, key, DECIDER, rejected_by=DECIDER, rule="R4", undo_until=at(world.now))
    world.notify.shift(timedelta(seconds=2))
    world.notify.settle()
    (seen,) = world.told(OWNER, f"registration/{key}")
    assert dict(seen.parameters) == {"number": f"DR-2026-{key}", "rule": "R4"}
    assert "reason" not in deals.RegistrationRejected.DESCRIPTOR.fields_by_name


def test_reading_is_for_ones_own_and_counts_once(world):
    key = world.registration()
    world.tell(deals.RegistrationExpired, key)
    (seen,) = world.told(OWNER, f"registration/{key}")
    with pytest.raises(Refused, match="NOT_FOUND"):
        world.call("partner_admin@r")("MarkRead", pb.MarkReadRequest(ids=[seen.id]))
    assert world.call(OWNER)("MarkRead", pb.MarkReadRequest(ids=[seen.id, seen.id])).marked == 1
    assert world.call(OWNER)("MarkRead", pb.MarkReadRequest(ids=[seen.id])).marked == 0
    assert world.told(OWNER, f"registration/{key}")[0].HasField("read_time")
    world.call(OWNER)("MarkRead", pb.MarkReadRequest())
    assert world.call(OWNER)("CountUnread", pb.CountUnreadRequest()).count == 0
    unread = world.call(OWNER)("ListNotifications", pb.ListNotificationsRequest(unread=True))
    assert list(unread.notifications) == []


def test_a_waiting_one_can_be_neither_seen_nor_marked(world):
    key = world.registration()
    world.approve(key, UNDO)
    row = world.notify.rows("SELECT id FROM notification WHERE subject = :s", s=f"registration/{key}")[0]
    assert world.call(OWNER)("MarkRead", pb.MarkReadRequest(ids=[row["id"]])).marked == 0


def test_a_choice_decides_from_then_on(world):
    person = "partner_marketing@o"
    chosen = {"registration.expired": (True, False), "registration.approved": (False, True), "registration.rejected": (False, False)}
    choices = [pb.Preferences.Choice(kind=kind, portal=portal, email=email) for kind, (portal, email) in chosen.items()]
    before = world.call(person)("GetPreferences", pb.GetPreferencesRequest())
    assert all(choice.portal and choice.email for choice in before.choices)
    update = pb.UpdatePreferencesRequest(preferences=pb.Preferences(choices=choices), etag=before.etag)
    after = world.call(person)("UpdatePreferences", update)
    assert {item.kind: (item.portal, item.email) for item in after.choices}.items() >= chosen.items()
    with pytest.raises(Refused, match="ABORTED"):
        world.call(person)("UpdatePreferences", pb.UpdatePreferencesRequest(preferences=update.preferences, etag=before.etag))
    expired, approved, rejected = world.registration(), world.registration(), world.registration()
    world.tell(deals.RegistrationExpired, expired, owner_id=person)
    world.approve(approved, owner_id=person)
    world.tell(deals.RegistrationRejected, rejected, DECIDER, owner_id=person)
    world.notify.shift(timedelta(seconds=2))
    world.notify.settle()
    shown = {key: len(world.told(person, f"registration/{key}")) for key in (expired, approved, rejected)}
    assert shown == {expired: 1, approved: 0, rejected: 0}
    assert [f"DR-2026-{approved}" in mail["Subject"] for mail in world.mail.to(address(person))] == [True]


def test_a_kind_that_does_not_concern_her_cannot_be_chosen(world):
    choice = pb.Preferences.Choice(kind="registration.review_started", portal=True)
    with pytest.raises(Refused) as refused:
        world.call(OWNER)("UpdatePreferences", pb.UpdatePreferencesRequest(preferences=pb.Preferences(choices=[choice])))
    assert (refused.value.code, refused.value.fields) == ("INVALID_ARGUMENT", ["preferences.choices"])


@pytest.mark.parametrize("person", [OWNER, "partner_admin@r", DECIDER, "programme_manager", "finance"])
def test_the_log_of_deliveries_is_for_who_runs_the_suite(world, person):
    with pytest.raises(Refused, match="PERMISSION_DENIED"):
        world.call(person)("ListDeliveries", pb.ListDeliveriesRequest())
