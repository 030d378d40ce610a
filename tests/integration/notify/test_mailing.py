"""E-mail: invitations, a mail server that is away or refuses, and people who are gone."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from prm.deals.v1 import events_pb2 as deals
from prm.identity.v1 import events_pb2 as identity

from tests.integration.notify.conftest import OWNER, address
from tests.mailbox import free_port, plain


def invite(world, person: str, token: str, email: str = "") -> None:
    until = Timestamp()
    until.FromDatetime(world.now + timedelta(days=7))
    values = {"name": "Nina Neu", "email": email or f"{person}@example.com", "language": "de", "time_zone": "Europe/Berlin"}
    fact = identity.PersonInvited(person_id=person, organization_id="r", token=token, expire_time=until, invited_by="x", **values)
    world.notify.deliver(fact, f"person/{person}")


def test_an_invitation_goes_out_and_its_token_stays_nowhere(world):
    invite(world, "per_new1", "secret-token-1")
    world.notify.settle()
    (mail,) = world.mail.to("per_new1@example.com")
    assert "https://p.example/invitations/secret-token-1" in plain(mail)
    assert mail["Subject"] == "Sie sind in das Partnerportal eingeladen"
    assert mail["Content-Language"] == "de"
    for table in ("jobs", "delivery", "recipient", "event_log", "outbox", "audit_outbox", "inbox"):
        found = world.notify.rows(f"SELECT count(*) AS n FROM {table} t WHERE t::text LIKE '%secret-token-1%'")
        assert found == [{"n": 0}], table
    (delivery,) = world.deliveries(person_id="per_new1")
    assert (delivery.kind, delivery.state, delivery.notification_id) == ("person.invited", "sent", "")


def test_a_second_invitation_stops_the_first(world):
    invite(world, "per_new2", "old-token")
    invite(world, "per_new2", "new-token")
    world.notify.settle()
    (mail,) = world.mail.to("per_new2@example.com")
    assert "new-token" in plain(mail)
    assert sorted(item.state for item in world.deliveries(person_id="per_new2")) == ["cancelled", "sent"]


def test_a_server_that_is_away_is_tried_again_and_given_up_in_the_end(world):
    known = world.notify.work.settings
    world.notify.work.settings = known.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{free_port()}"})
    try:
        invite(world, "per_away", "t")
        world.notify.settle()
        (waiting,) = world.deliveries(person_id="per_away")
        assert (waiting.state, waiting.attempts) == ("waiting", 1)
        for hours in range(10, 100, 10):
            world.notify.shift(timedelta(hours=hours))
            world.notify.settle()
    finally:
        world.notify.work.settings = known
    (failed,) = world.deliveries(person_id="per_away")
    assert (failed.state, failed.attempts, failed.error) == ("failed", 8, "SMTP_UNAVAILABLE")
    assert world.notify.rows("SELECT 1 AS found FROM jobs WHERE key = :key", key=failed.id) == [], "and its token is gone"


def test_it_leaves_once_the_server_is_back_and_says_later_no_more(world):
    world.mail.answers["per_later@example.com"] = "451 too busy"
    invite(world, "per_later", "t")
    world.notify.settle()
    assert world.mail.messages == []
    world.mail.answers.clear()
    world.notify.shift(timedelta(minutes=1))
    world.notify.settle()
    (delivery,) = world.deliveries(person_id="per_later")
    assert (delivery.state, delivery.attempts) == ("sent", 2)
    assert len(world.mail.to("per_later@example.com")) == 1


def test_what_the_server_refuses_for_good_has_failed_at_once(world):
    world.mail.answers["per_gone@example.com"] = "550 no such user"
    invite(world, "per_gone", "t")
    world.notify.settle()
    (delivery,) = world.deliveries(person_id="per_gone")
    assert (delivery.state, delivery.attempts, delivery.error) == ("failed", 1, "SMTP_REFUSED")


def test_an_address_that_is_none_has_failed_at_once(world):
    invite(world, "per_bad", "t", email="not an address")
    world.notify.settle()
    (delivery,) = world.deliveries(person_id="per_bad")
    assert (delivery.state, delivery.error) == ("failed", "ADDRESS_INVALID")


def test_a_message_before_its_person_waits_for_her(world):
    key = world.registration()
    world.tell(deals.RegistrationExpired, key, owner_id="per_unknown")
    world.notify.settle()
    assert [item.state for item in world.deliveries(person_id="per_unknown")] == ["waiting"]
    fact = identity.PersonActivated(person_id="per_unknown", organization_id="r", name="Una", email="una@example.com", language="en")
    world.notify.deliver(fact, "person/per_unknown", queue="notify.people.v1")
    world.notify.shift(timedelta(minutes=1))
    world.notify.settle()
    assert len(world.mail.to("una@example.com")) == 1


def test_who_has_left_gets_no_mail(world):
    key = world.registration()
    world.tell(deals.RegistrationExpired, key, owner_id="partner_sales@o")
    world.notify.deliver(identity.PersonDeactivated(person_id="partner_sales@o"), "person/partner_sales@o", queue="notify.people.v1")
    world.notify.settle()
    assert world.mail.messages == []
    (delivery,) = [item for item in world.deliveries(person_id="partner_sales@o") if item.subject == f"registration/{key}"]
    assert delivery.state == "cancelled"
    world.tell(deals.RegistrationExpired, world.registration(), owner_id="partner_sales@o")
    world.notify.settle()
    assert world.mail.messages == []
    world.notify.deliver(identity.PersonReactivated(person_id="partner_sales@o"), "person/partner_sales@o", queue="notify.people.v1")
    world.tell(deals.RegistrationExpired, world.registration(), owner_id="partner_sales@o")
    world.notify.settle()
    assert len(world.mail.to(address("partner_sales@o"))) == 1


def test_a_new_address_counts_for_what_is_not_sent_yet(world):
    person = "partner_sales@d"
    world.tell(deals.RegistrationExpired, world.registration(), owner_id=person)
    fact = identity.PersonUpdated(
        person_id=person, organization_id="d", name="Dora", email="dora.new@example.com", language="zh", fields=["email"]
    )
    world.notify.deliver(fact, f"person/{person}", queue="notify.people.v1")
    world.notify.settle()
    (mail,) = world.mail.messages
    assert "dora.new@example.com" in mail["To"]
    assert "的保护期已结束" in mail["Subject"]


def test_what_is_sent_and_what_failed_is_in_the_log(world):
    key = world.registration()
    world.tell(deals.RegistrationExpired, key)
    world.notify.settle()
    (seen,) = world.told(OWNER, f"registration/{key}")
    (delivery,) = world.deliveries(notification_id=seen.id)
    assert [kind.split(".")[3] for kind, _ in world.notify.facts(f"notification/{seen.id}")] == ["created", "shown"]
    assert [kind.split(".")[3] for kind, _ in world.notify.facts(f"delivery/{delivery.id}")] == ["scheduled", "sent"]
