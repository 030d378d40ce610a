"""From the first start to a partner's own sales person who is known everywhere."""

from __future__ import annotations

import grpc
import pytest
from prm.identity.v1 import access_pb2, organizations_pb2, people_pb2

from chassis.errors import Unauthenticated
from services.identity.bootstrap import Wanted, bootstrap
from tests.integration.identity.conftest import ADMIN, PASSWORD, World, refusal


def test_the_first_start_is_idempotent(world: World) -> None:
    wanted = Wanted(world.keys, "Another", ADMIN, "Other", "another password 1", "portal", world.portal_secret)
    again = bootstrap(world.work, wanted)
    assert (again.vendor_id, again.administrator_id, again.password) == (world.made.vendor_id, world.made.administrator_id, "")
    assert world.host.facts.complete()


def test_administrator_knows_who_she_is(world: World) -> None:
    admin = world.admin
    me = admin(admin.people.GetMe, people_pb2.GetMeRequest())
    assert (me.person.email, me.kind, me.organization_name, list(me.roles)) == (ADMIN, "vendor", "Northwind Robotics", ["administrator"])
    assert "person.invite" in me.permissions and "registration.approve" not in me.permissions


def test_invited_accepted_signed_in_exchanged_verified(world: World) -> None:
    company = world.company("Hafenkante")
    person = world.join("marta@hafenkante.example", ["partner_sales"], company.id, "Marta Keller")
    assert person.state == people_pb2.Person.ACTIVE
    signed = world.sign_in("Marta@Hafenkante.example ")
    exchanged = world.exchange(signed.session_secret)
    claims = world.verifier().verify(exchanged.access_token)
    assert (claims.subject, claims.kind, claims.session_id) == (person.id, "partner", exchanged.session_id)
    assert 295 <= claims.expires_at - claims.issued_at <= 300
    subject = world.host.facts.subject(claims)
    assert (subject.org_id, subject.org_path, subject.roles) == (company.id, f"{world.made.vendor_id}.{company.id}.", ("partner_sales",))


def test_link_works_once(world: World) -> None:
    company = world.company("Once")
    person = world.join("una@once.example", ["partner_sales"], company.id)
    nobody, again = world.nobody, people_pb2.AcceptInvitationRequest(token=world.invitation(person.id), password=PASSWORD)
    assert refusal(lambda: nobody(nobody.people.AcceptInvitation, again)).reason == "INVITATION_ENDED"


def test_organizations_are_listed_by_name_and_searched(world: World) -> None:
    for name in ("Zeta Works", "Alpha Works", "Mid 100%_Works"):
        world.company(name)
    admin = world.admin
    listed = admin(admin.organizations.ListOrganizations, organizations_pb2.ListOrganizationsRequest(search="works"))
    assert [item.name for item in listed.organizations] == ["Alpha Works", "Mid 100%_Works", "Zeta Works"]
    wild = admin(admin.organizations.ListOrganizations, organizations_pb2.ListOrganizationsRequest(search="%_w"))
    assert [item.name for item in wild.organizations] == ["Mid 100%_Works"]
    by_domain = admin(admin.organizations.ListOrganizations, organizations_pb2.ListOrganizationsRequest(search="zetaworks.ex"))
    assert [item.name for item in by_domain.organizations] == ["Zeta Works"]
    first = admin(admin.organizations.ListOrganizations, organizations_pb2.ListOrganizationsRequest(page_size=2, search="works"))
    token = first.next_page_token
    rest = admin(
        admin.organizations.ListOrganizations, organizations_pb2.ListOrganizationsRequest(page_size=2, page_token=token, search="works")
    )
    assert [item.name for item in rest.organizations] == ["Zeta Works"] and not rest.next_page_token


def test_anonymous_and_partner_reach_no_foreign_organization(world: World) -> None:
    company, other = world.company("Mine"), world.company("Theirs")
    world.join("mia@mine.example", ["partner_admin"], company.id)
    mia, nobody = world.as_("mia@mine.example"), world.nobody
    get = organizations_pb2.GetOrganizationRequest
    assert mia(mia.organizations.GetOrganization, get(id=company.id)).name == "Mine"
    assert refusal(lambda: mia(mia.organizations.GetOrganization, get(id=other.id))).code is grpc.StatusCode.NOT_FOUND
    assert refusal(lambda: nobody(nobody.organizations.GetOrganization, get(id=company.id))).reason == "TOKEN_MISSING"


def test_keys_are_public_and_tokens_of_others_are_not_taken(world: World) -> None:
    nobody = world.nobody
    keys = nobody(nobody.tokens.GetKeys, access_pb2.GetKeysRequest()).keys
    assert [(key.kty, key.crv, key.alg) for key in keys] == [("OKP", "Ed25519", "Ed25519")]
    with pytest.raises(Unauthenticated):
        world.verifier().verify("eyJhbGciOiJub25lIn0.e30.")
