"""Names and addresses stay beside the log; the audit log says only that they changed; secrets are nowhere."""

from __future__ import annotations

import sqlalchemy as sa
from google.protobuf.field_mask_pb2 import FieldMask
from prm.identity.v1 import events_pb2, people_pb2

from chassis.audit.tables import audit_outbox
from chassis.events.tables import outbox
from chassis.store.tables import idempotency
from services.identity.people.table import invitations
from tests.integration.identity.conftest import PASSWORD, World, refusal

NAME = "Wilhelmine Unverwechselbar"
EMAIL = "wilhelmine@private.example"


def test_personal_data_stays_beside_the_log(world: World) -> None:
    company = world.company("Private")
    person = world.join(EMAIL, ["partner_sales"], company.id, NAME)
    caller = world.as_(EMAIL)
    mask = FieldMask(paths=["name", "theme"])
    request = people_pb2.UpdateMeRequest(person=people_pb2.Person(name="Mina Unverwechselbar", theme="dark"), update_mask=mask)
    assert caller(caller.people.UpdateMe, request).person.name == "Mina Unverwechselbar"
    rows = world.query(sa.select(outbox).where(outbox.c.aggregate == f"person/{person.id}"))
    assert {row.type.split(".")[3] for row in rows} >= {"invited", "activated", "updated", "facts_changed"}
    for row in rows:
        assert b"Unverwechselbar" not in row.body and b"wilhelmine" not in row.body
    invited = next(row for row in rows if row.type.endswith("invited.v1"))
    assert invited.person_id == person.id
    whole = events_pb2.PersonInvited.FromString(invited.body + invited.personal)
    assert (whole.name, whole.email, whole.person_id) == (NAME, EMAIL, person.id)


def test_the_audit_log_shows_that_it_changed_and_no_more(world: World) -> None:
    records = world.query(sa.select(audit_outbox))
    assert records
    text = "\n".join(str(tuple(row)) for row in records)
    assert "Unverwechselbar" not in text and "@" not in text and "argon2" not in text and PASSWORD not in text
    named = [change for row in records for change in row.changes if change["field"] == "name" and row.subject.startswith("person/")]
    assert named and all(change["after"] == "changed" for change in named)


def test_neither_links_nor_passwords_are_kept(world: World) -> None:
    admin = world.admin
    person = admin(admin.people.InvitePerson, people_pb2.InvitePersonRequest(email="kept@northwind.example", name="K", roles=["auditor"]))
    token = world.invitation(person.id)
    stored = [bytes(row.digest) for row in world.query(sa.select(invitations))]
    assert token.encode() not in stored
    answers = b"".join(bytes(row.answer or b"") for row in world.query(sa.select(idempotency)))
    assert token.encode() not in answers and PASSWORD.encode() not in answers


def test_a_new_link_replaces_the_old(world: World) -> None:
    admin, nobody = world.admin, world.nobody
    person = admin(admin.people.InvitePerson, people_pb2.InvitePersonRequest(email="two@northwind.example", name="T", roles=["auditor"]))
    old = world.invitation(person.id)
    admin(admin.people.ResendInvitation, people_pb2.ResendInvitationRequest(id=person.id))
    fresh = world.invitation(person.id)
    assert old != fresh
    accept = people_pb2.AcceptInvitationRequest
    assert refusal(lambda: nobody(nobody.people.AcceptInvitation, accept(token=old, password=PASSWORD))).reason == "INVITATION_ENDED"
    assert nobody(nobody.people.AcceptInvitation, accept(token=fresh, password=PASSWORD)).person_id == person.id


def test_people_are_found_by_words_of_name_and_address(world: World) -> None:
    admin = world.admin
    request = people_pb2.InvitePersonRequest(email="ottilie@northwind.example", name="Zoë Sommer", roles=["auditor"])
    admin(admin.people.InvitePerson, request)
    for words in ("OTTILIE@north", "zoë som", "sommer ottilie"):
        listed = admin(admin.people.ListPeople, people_pb2.ListPeopleRequest(search=words))
        assert [person.name for person in listed.people] == ["Zoë Sommer"], words
    assert not admin(admin.people.ListPeople, people_pb2.ListPeopleRequest(search="zoë winter")).people
    by_state = admin(admin.people.ListPeople, people_pb2.ListPeopleRequest(filter="state = INVITED"))
    assert {person.state for person in by_state.people} == {people_pb2.Person.INVITED}
