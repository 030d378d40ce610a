"""Rights: given within the ceiling, taken with a floor that moves, never by oneself, never the last administrator's."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from prm.identity.v1 import facts_pb2, organizations_pb2, people_pb2

from chassis.times import to_timestamp
from services.identity.facts import stored
from tests.integration.identity.conftest import Caller, World, refusal

PERSON_FACTS = "prm.identity.person.facts_changed.v1"
ORGANIZATION_FACTS = "prm.identity.organization.facts_changed.v1"


def facts(world: World, person_id: str) -> facts_pb2.PersonFactsChanged:
    with world.host.database.reading() as connection:
        found = stored.person(connection, person_id)
    assert found is not None
    return found


def said(world: World, person_id: str) -> facts_pb2.PersonFactsChanged:
    return facts_pb2.PersonFactsChanged.FromString(world.events(f"person/{person_id}", PERSON_FACTS)[-1].body)


def set_roles(caller: Caller, person_id: str, *roles: str, etag: str = "", request_id: str = "") -> Any:
    return caller(caller.people.SetRoles, people_pb2.SetRolesRequest(id=person_id, roles=roles, etag=etag, request_id=request_id))


def denied(call: Callable[[], Any]) -> tuple[str, str]:
    found = refusal(call)
    return found.code.name, found.reason


@pytest.fixture(scope="module")
def lumen(world: World) -> Any:
    return world.company("Lumen")


@pytest.fixture(scope="module")
def boss(world: World, lumen: Any) -> Any:
    return world.join("boss@lumen.example", ["partner_admin"], lumen.id)


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


def test_an_administrator_always_remains(world: World) -> None:
    second = world.join("second@northwind.example", ["administrator"])
    caller = world.as_(second.email)
    set_roles(caller, world.made.administrator_id, "auditor")  # there is another
    try:
        other = world.as_(second.email)
        deactivate = people_pb2.DeactivatePersonRequest(id=second.id)
        assert denied(lambda: other(other.people.DeactivatePerson, deactivate))[0] == "PERMISSION_DENIED"  # nobody closes herself
    finally:
        set_roles(caller, world.made.administrator_id, "administrator")
    first = world.admin
    barrier, refusals = threading.Barrier(2), []

    def take(who: Caller, whom: str) -> None:
        barrier.wait()
        try:
            set_roles(who, whom, "auditor")
        except grpc.RpcError as error:
            refusals.append(error.code())

    threads = [threading.Thread(target=take, args=pair) for pair in ((first, second.id), (caller, world.made.administrator_id))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [person for person in (second.id, world.made.administrator_id) if "administrator" in facts(world, person).roles]
    assert len(left) == 1 and len(refusals) == 1
    keeper = world.as_(second.email if left[0] == second.id else "admin@northwind.example")
    set_roles(keeper, second.id if left[0] != second.id else world.made.administrator_id, "administrator")


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


def test_a_group_gives_and_takes_its_roles(world: World, lumen: Any, boss: Any) -> None:
    person = world.join("gil@lumen.example", ["partner_sales"], lumen.id)
    caller = world.as_(boss.email)
    wanted = people_pb2.Group(name="Campaigns", roles=["partner_marketing"], member_ids=[person.id])
    group = caller(caller.groups.CreateGroup, people_pb2.CreateGroupRequest(group=wanted))
    assert list(facts(world, person.id).roles) == ["partner_marketing", "partner_sales"]
    shown = caller(caller.people.GetPerson, people_pb2.GetPersonRequest(id=person.id))
    assert (list(shown.roles), list(shown.group_ids)) == (["partner_sales"], [group.id])
    emptied = people_pb2.Group(id=group.id)
    mask = FieldMask(paths=["member_ids"])
    caller(caller.groups.UpdateGroup, people_pb2.UpdateGroupRequest(group=emptied, update_mask=mask, etag=group.etag))
    without = facts(world, person.id)
    assert list(without.roles) == ["partner_sales"] and without.floor == without.version
    refill = people_pb2.Group(id=group.id, member_ids=[person.id])
    caller(caller.groups.UpdateGroup, people_pb2.UpdateGroupRequest(group=refill))
    caller(caller.groups.DeleteGroup, people_pb2.DeleteGroupRequest(id=group.id))
    assert list(facts(world, person.id).roles) == ["partner_sales"]
    assert not caller(caller.groups.ListGroups, people_pb2.ListGroupsRequest()).groups


def test_a_group_takes_nobody_of_another_company_and_no_role_above(world: World, boss: Any) -> None:
    caller = world.as_(boss.email)

    def create(**values: Any) -> Any:
        return caller(caller.groups.CreateGroup, people_pb2.CreateGroupRequest(group=people_pb2.Group(name="Bad", **values)))

    assert refusal(lambda: create(member_ids=[world.made.administrator_id])).fields == {"group.member_ids": "PERSON_UNKNOWN"}
    assert denied(lambda: create(roles=["distributor_admin"])) == ("PERMISSION_DENIED", "ROLE_ABOVE_CEILING")


def soon(world: World, **by: int) -> Timestamp:
    found = to_timestamp(world.now() + timedelta(**by))
    assert found is not None
    return found


def test_a_grant_lets_until_it_ends(world: World, lumen: Any) -> None:
    person = world.join("pia@lumen.example", ["partner_sales"], lumen.id)
    admin = world.admin
    wanted = people_pb2.Grant(
        person_id=person.id, resource="registration", object_id="reg_1", actions=["read"], expire_time=soon(world, days=2)
    )
    grant = admin(admin.grants.CreateGrant, people_pb2.CreateGrantRequest(grant=wanted))
    given = facts(world, person.id)
    assert [(item.object_id, list(item.actions)) for item in given.grants] == [("reg_1", ["read"])] and given.floor == 0
    listed = admin(admin.grants.ListGrants, people_pb2.ListGrantsRequest(filter=f'person_id = "{person.id}"')).grants
    assert [item.id for item in listed] == [grant.id]
    revoked = admin(admin.grants.RevokeGrant, people_pb2.RevokeGrantRequest(id=grant.id, etag=grant.etag))
    taken = facts(world, person.id)
    assert revoked.HasField("revoke_time") and not taken.grants and taken.floor == taken.version
    assert denied(lambda: admin(admin.grants.RevokeGrant, people_pb2.RevokeGrantRequest(id=grant.id))) == (
        "FAILED_PRECONDITION",
        "GRANT_ENDED",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"resource": "spaceship"}, "grant.resource"),
        ({"actions": ["read", "fly"]}, "grant.actions[1]"),
        ({"days": 367}, "grant.expire_time"),
        ({"days": -1}, "grant.expire_time"),
    ],
)
def test_a_grant_that_makes_no_sense(world: World, lumen: Any, changes: dict[str, Any], field: str) -> None:
    person = world.join(f"g{uuid.uuid4().hex[:8]}@lumen.example", ["partner_sales"], lumen.id)
    admin, values = world.admin, {"resource": "registration", "actions": ["read"], "days": 2, **changes}
    wanted = people_pb2.Grant(
        person_id=person.id,
        resource=values["resource"],
        object_id="reg_1",
        actions=values["actions"],
        expire_time=soon(world, days=values["days"]),
    )
    assert list(refusal(lambda: admin(admin.grants.CreateGrant, people_pb2.CreateGrantRequest(grant=wanted))).fields) == [field]


def test_a_role_that_loses_an_action_moves_the_tables_floor(world: World) -> None:
    admin = world.admin
    permission = people_pb2.Role.Permission
    wanted = people_pb2.Role(
        id="regional_sales",
        kind="partner",
        permissions=[
            permission(resource="registration", action="read", scopes=["org"]),
            permission(resource="event", action="read", scopes=["all"]),
        ],
    )
    role = admin(admin.roles.CreateRole, people_pb2.CreateRoleRequest(role=wanted))
    with world.host.database.reading() as connection:
        before = stored.roles(connection)
    less = people_pb2.Role(id=role.id, permissions=wanted.permissions[:1])
    mask = FieldMask(paths=["permissions"])
    admin(admin.roles.UpdateRole, people_pb2.UpdateRoleRequest(role=less, update_mask=mask, etag=role.etag))
    with world.host.database.reading() as connection:
        after = stored.roles(connection)
    assert before is not None and after is not None
    assert (after.version, after.floor) == (before.version + 1, before.version + 1)
    claims = world.verifier().verify(world.admin.token)
    assert claims.roles_floor == after.floor
    assert denied(lambda: admin(admin.roles.UpdateRole, people_pb2.UpdateRoleRequest(role=less, etag=role.etag))) == (
        "ABORTED",
        "ETAG_MISMATCH",
    )


@pytest.mark.parametrize(
    ("resource", "action", "scopes", "says"),
    [
        ("spaceship", "read", ["all"], "no resource 'spaceship'"),
        ("registration", "fly", ["all"], "no action 'fly'"),
        ("registration", "read", ["galaxy"], "needs scopes"),
        ("registration", "read", [], "needs scopes"),
    ],
)
def test_a_role_names_only_what_exists(world: World, resource: str, action: str, scopes: list[str], says: str) -> None:
    admin = world.admin
    role = people_pb2.Role(
        id="odd_role", kind="partner", permissions=[people_pb2.Role.Permission(resource=resource, action=action, scopes=scopes)]
    )
    found = refusal(lambda: admin(admin.roles.CreateRole, people_pb2.CreateRoleRequest(role=role)))
    assert found.code is grpc.StatusCode.INVALID_ARGUMENT and says in found.text


def test_the_administrator_cannot_be_disarmed(world: World) -> None:
    admin = world.admin
    role = people_pb2.Role(id="administrator")
    request = people_pb2.UpdateRoleRequest(role=role, update_mask=FieldMask(paths=["permissions"]))
    assert denied(lambda: admin(admin.roles.UpdateRole, request)) == ("FAILED_PRECONDITION", "LAST_ADMINISTRATOR")


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
