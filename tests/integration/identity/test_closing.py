"""Organisations given and taken; access of people and organisations that ends at once."""

from __future__ import annotations

from typing import Any

import grpc
from prm.identity.v1 import organizations_pb2, people_pb2

from tests.integration.identity.conftest import World, refusal
from tests.integration.identity.rights import ORGANIZATION_FACTS, PERSON_FACTS, denied, facts


def test_assigned_organizations_become_hers(world: World, lumen: Any) -> None:
    manager, other = world.join("cm@northwind.example", ["channel_manager"]), world.company("Solo")
    admin = world.admin

    def assign(*ids: str) -> Any:
        return admin(admin.people.AssignOrganizations, people_pb2.AssignOrganizationsRequest(id=manager.id, organization_ids=ids))

    def owner(id: str) -> str:
        return str(admin(admin.organizations.GetOrganization, organizations_pb2.GetOrganizationRequest(id=id)).channel_manager_id)

    assign(lumen.id, other.id)
    given = facts(world, manager.id)
    assert set(given.assigned_organization_ids) == {lumen.id, other.id} and owner(lumen.id) == owner(other.id) == manager.id
    assign(lumen.id)
    taken = facts(world, manager.id)
    assert taken.floor == taken.version and owner(other.id) == ""
    assert refusal(lambda: assign("org_none")).fields == {"organization_ids[0]": "ORGANIZATION_UNKNOWN"}
    partner = world.join("par@lumen.example", ["partner_sales"], lumen.id)
    request = people_pb2.AssignOrganizationsRequest(id=partner.id, organization_ids=[lumen.id])
    assert refusal(lambda: admin(admin.people.AssignOrganizations, request)).fields == {"id": "PERSON_OF_PARTNER"}


def test_closing_a_person_ends_all_at_once(world: World, lumen: Any) -> None:
    person = world.join("out@lumen.example", ["partner_sales"], lumen.id)
    signed = world.sign_in(person.email)
    caller, admin = world.nobody.with_token(signed.access_token), world.admin
    assert caller(caller.people.GetMe, people_pb2.GetMeRequest())
    admin(admin.people.DeactivatePerson, people_pb2.DeactivatePersonRequest(id=person.id))
    world.host.facts.forget()
    assert refusal(lambda: caller(caller.people.GetMe, people_pb2.GetMeRequest())).code is grpc.StatusCode.UNAUTHENTICATED
    assert refusal(lambda: world.exchange(signed.session_secret)).reason == "SESSION_ENDED"
    back = admin(admin.people.ReactivatePerson, people_pb2.ReactivatePersonRequest(id=person.id))
    assert back.state == people_pb2.Person.ACTIVE and world.sign_in(person.email).person_id == person.id
    assert refusal(lambda: world.exchange(signed.session_secret)).reason == "SESSION_ENDED"


def test_closing_an_organization_is_one_fact(world: World) -> None:
    company, admin = world.company("Brief"), world.admin
    people = [world.join(f"p{number}@brief.example", ["partner_sales"], company.id) for number in range(3)]
    callers = [world.as_(person.email) for person in people]
    counts = [len(world.events(f"person/{person.id}", PERSON_FACTS)) for person in people]
    suspend = organizations_pb2.SuspendOrganizationRequest(id=company.id, reason="fraud")
    assert admin(admin.organizations.SuspendOrganization, suspend).state == organizations_pb2.Organization.SUSPENDED
    assert [len(world.events(f"person/{person.id}", PERSON_FACTS)) for person in people] == counts
    assert len(world.events(f"organization/{company.id}", ORGANIZATION_FACTS)) == 3  # created, active, suspended
    world.host.facts.forget()
    for caller in callers:
        assert refusal(lambda caller=caller: caller(caller.people.GetMe, people_pb2.GetMeRequest())).reason == "ORGANIZATION_NOT_ACTIVE"  # type: ignore[misc]
    admin(admin.organizations.ReactivateOrganization, organizations_pb2.ReactivateOrganizationRequest(id=company.id))
    world.host.facts.forget()
    assert callers[0](callers[0].people.GetMe, people_pb2.GetMeRequest())
    end = organizations_pb2.TerminateOrganizationRequest(id=company.id, reason="notice")
    assert admin(admin.organizations.TerminateOrganization, end).state == organizations_pb2.Organization.TERMINATED
    assert denied(
        lambda: admin(admin.organizations.TerminateOrganization, organizations_pb2.TerminateOrganizationRequest(id=company.id, reason="x"))
    ) == (
        "FAILED_PRECONDITION",
        "ORGANIZATION_STATE",
    )
