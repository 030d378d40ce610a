"""Rights: given within the ceiling, taken with a floor that moves."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import grpc
from prm.identity.v1 import people_pb2

from tests.integration.identity.conftest import Caller, World, refusal
from tests.integration.identity.rights import denied, facts, said, set_roles


def test_a_role_taken_moves_version_and_floor(world: World, lumen: Any) -> None:
    person = world.join("rob@lumen.example", ["partner_sales"], lumen.id)
    before = facts(world, person.id)
    set_roles(world.admin, person.id, "partner_sales", "partner_marketing")
    given = facts(world, person.id)
    assert (given.version, given.floor) == (before.version + 1, before.floor)
    set_roles(world.admin, person.id, "partner_marketing")
    taken = facts(world, person.id)
    assert (taken.version, taken.floor, list(taken.roles)) == (given.version + 1, given.version + 1, ["partner_marketing"])
    assert said(world, person.id) == taken
    token = world.verifier().verify(world.sign_in(person.email).access_token)
    assert (token.epoch, token.floor) == (taken.version, taken.floor)
    set_roles(world.admin, person.id, "partner_marketing")
    assert facts(world, person.id) == taken  # nothing changed, nothing was said


def test_a_partner_administrator_gives_what_she_may_in_her_own_company(world: World, lumen: Any, boss: Any) -> None:
    caller = world.as_(boss.email)
    person = world.join("seb@lumen.example", ["partner_sales"], lumen.id)
    assert list(set_roles(caller, person.id, "partner_marketing").roles) == ["partner_marketing"]
    assert denied(lambda: set_roles(caller, person.id, "distributor_admin")) == ("PERMISSION_DENIED", "ROLE_ABOVE_CEILING")
    assert refusal(lambda: set_roles(caller, person.id, "administrator")).fields == {"roles[0]": "ROLE_OF_OTHER_KIND"}
    assert denied(lambda: set_roles(caller, boss.id, "partner_sales"))[0] == "PERMISSION_DENIED"  # nobody her own
    stranger = world.join("ann@northwind.example", ["auditor"])
    assert denied(lambda: set_roles(caller, stranger.id, "partner_sales"))[0] == "NOT_FOUND"


def test_invitations_keep_to_ceiling_domain_and_company(world: World, lumen: Any, boss: Any) -> None:
    caller = world.as_(boss.email)

    def invite(email: str, roles: list[str], organization_id: str = "") -> Any:
        request = people_pb2.InvitePersonRequest(email=email, name="New", roles=roles, organization_id=organization_id)
        return caller(caller.people.InvitePerson, request)

    assert invite("new@lumen.example", ["partner_sales"]).organization_id == lumen.id
    assert refusal(lambda: invite("new2@elsewhere.example", ["partner_sales"])).fields == {"email": "EMAIL_DOMAIN_FOREIGN"}
    assert denied(lambda: invite("new3@lumen.example", ["distributor_admin"])) == ("PERMISSION_DENIED", "ROLE_ABOVE_CEILING")
    assert denied(lambda: invite("New@Lumen.example", ["partner_sales"])) == ("ALREADY_EXISTS", "EMAIL_TAKEN")
    other = world.company("Umbra")
    assert denied(lambda: invite("new4@lumen.example", ["partner_sales"], other.id))[0] == "NOT_FOUND"
    admin = world.admin
    request = people_pb2.InvitePersonRequest(email="guest@elsewhere.example", name="G", roles=["partner_sales"], organization_id=lumen.id)
    assert admin(admin.people.InvitePerson, request).email == "guest@elsewhere.example"  # the vendor may


def test_toxic_roles_are_refused_when_given(world: World) -> None:
    person = world.join("fin@northwind.example", ["finance"])
    found = refusal(lambda: set_roles(world.admin, person.id, "finance", "channel_manager"))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TOXIC_ROLES")
    assert facts(world, person.id).roles == ["finance"]


def test_of_two_who_saw_the_same_one_writes(world: World, lumen: Any) -> None:
    person = world.join("eve@lumen.example", ["partner_sales"], lumen.id)
    callers, barrier, codes = [world.admin, world.admin], threading.Barrier(2), []

    def write(caller: Caller, role: str) -> None:
        barrier.wait()
        try:
            set_roles(caller, person.id, role, etag=person.etag)
            codes.append("OK")
        except grpc.RpcError as error:
            codes.append(error.code().name)

    threads = [threading.Thread(target=write, args=pair) for pair in zip(callers, ("partner_marketing", "partner_admin"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["ABORTED", "OK"]
    assert facts(world, person.id).version == 3  # invited, active, changed once


def test_a_repeated_request_gets_the_first_answer(world: World, lumen: Any) -> None:
    person, again = world.join("rep@lumen.example", ["partner_sales"], lumen.id), f"again-{uuid.uuid4()}"
    admin = world.admin
    first = set_roles(admin, person.id, "partner_marketing", request_id=again)
    version = facts(world, person.id).version
    assert set_roles(admin, person.id, "partner_marketing", request_id=again) == first
    assert facts(world, person.id).version == version
    assert denied(lambda: set_roles(admin, person.id, "partner_sales", request_id=again)) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")
