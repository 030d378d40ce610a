"""Whatever is taken away is gone in every service within two seconds, for tokens that are still good."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prm.deals.v1 import registrations_pb2
from prm.identity.v1 import organizations_pb2, people_pb2, people_pb2_grpc
from prm.mdf.v1 import budgets_pb2

from cli.demo.client import eventually
from tests.system.world import PEOPLE, World, submitted

pytestmark = pytest.mark.timeout(300)
SECONDS = 2.0
GONE = {"NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED"}
Look = Callable[[], str]


def looking(world: World, who: str, method: Any, request: Any) -> Look:
    """Call with the token she has now, whatever happens to her later; -> OK or the code of the refusal."""
    token = world.metadata(who)

    def look() -> str:
        try:
            method(request, timeout=10, metadata=token)
        except grpc.RpcError as error:
            return str(error.code().name)
        return "OK"

    return look


def gone_in_time(look: Look) -> None:
    began = time.monotonic()
    answer = eventually(lambda: look() in GONE and look(), "the refusal", seconds=10)
    assert answer in GONE
    assert time.monotonic() - began <= SECONDS


def allowed(look: Look) -> None:
    eventually(lambda: look() == "OK", "the right")


@pytest.fixture
def sold(world: World) -> str:
    return submitted(world, "sales", f"Reederei {time.time_ns()} KG").id


def deal(world: World, id: str) -> tuple[Any, Any]:
    return world.api.registrations.GetRegistration, registrations_pb2.GetRegistrationRequest(id=id)


def test_a_grant(world: World, sold: str) -> None:
    grants = people_pb2_grpc.GrantsStub(grpc.insecure_channel(world.suite.targets["identity"]))
    look = looking(world, "stranger_admin", *deal(world, sold))
    assert look() == "NOT_FOUND"
    wanted = people_pb2.Grant(person_id=world.people["stranger_admin"], resource="registration", object_id=sold, actions=["read"])
    wanted.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    made = world.call("administrator", grants.CreateGrant, people_pb2.CreateGrantRequest(grant=wanted))
    allowed(look)
    world.call("administrator", grants.RevokeGrant, people_pb2.RevokeGrantRequest(id=made.id))
    gone_in_time(look)


def test_a_grant_on_one_object_opens_no_other(world: World, sold: str) -> None:
    other = submitted(world, "sales", f"Andere {time.time_ns()} KG").id
    grants = people_pb2_grpc.GrantsStub(grpc.insecure_channel(world.suite.targets["identity"]))
    wanted = people_pb2.Grant(person_id=world.people["stranger_admin"], resource="registration", object_id=sold, actions=["read"])
    wanted.expire_time.FromDatetime(datetime.now(UTC) + timedelta(seconds=8))
    world.call("administrator", grants.CreateGrant, people_pb2.CreateGrantRequest(grant=wanted))
    look = looking(world, "stranger_admin", *deal(world, sold))
    eventually(lambda: look() == "OK", "the grant", seconds=6)
    listed = world.call("stranger_admin", world.api.registrations.ListRegistrations, registrations_pb2.ListRegistrationsRequest())
    assert sold in {item.id for item in listed.registrations}
    assert other not in {item.id for item in listed.registrations}
    assert looking(world, "stranger_admin", *deal(world, other))() == "NOT_FOUND"
    eventually(lambda: look() == "NOT_FOUND", "the end of the grant", seconds=15)


def test_an_assigned_organization(world: World, sold: str) -> None:
    def assign(*companies: str) -> None:
        ids = [world.organizations[company] for company in companies]
        request = people_pb2.AssignOrganizationsRequest(id=world.people["manager"], organization_ids=ids)
        world.call("administrator", world.api.people.AssignOrganizations, request)

    look = looking(world, "manager", *deal(world, sold))
    allowed(look)
    assign()
    gone_in_time(look)
    assign("reseller")
    allowed(look)


def test_a_role_of_a_person(world: World) -> None:
    def give(role: str) -> None:
        request = people_pb2.SetRolesRequest(id=world.people["sibling_sales"], roles=[role])
        world.call("administrator", world.api.people.SetRoles, request)

    preview = registrations_pb2.PreviewConflictsRequest(
        registration=registrations_pb2.Registration(customer=registrations_pb2.Customer(name="Anybody"))
    )
    look = looking(world, "sibling_sales", world.api.registrations.PreviewConflicts, preview)
    allowed(look)
    give("partner_marketing")
    gone_in_time(look)
    give(PEOPLE["sibling_sales"][1])
    allowed(look)


def test_an_action_of_a_role(world: World) -> None:
    roles = people_pb2_grpc.RolesStub(grpc.insecure_channel(world.suite.targets["identity"]))
    found = world.call("administrator", roles.ListRoles, people_pb2.ListRolesRequest())
    before = next(role for role in found.roles if role.id == "partner_marketing")
    after = people_pb2.Role(id=before.id, permissions=[item for item in before.permissions if item.resource != "budget"])
    mask = FieldMask(paths=["permissions"])
    look = looking(world, "marketing", world.api.budgets.ListBudgets, budgets_pb2.ListBudgetsRequest())
    allowed(look)
    world.call("administrator", roles.UpdateRole, people_pb2.UpdateRoleRequest(role=after, update_mask=mask))
    gone_in_time(look)
    again = people_pb2.Role(id=before.id, permissions=before.permissions)
    world.call("administrator", roles.UpdateRole, people_pb2.UpdateRoleRequest(role=again, update_mask=mask))
    allowed(look)


def test_an_organization_suspended(world: World) -> None:
    organizations, suspended = world.api.organizations, world.organizations["sibling"]
    look = looking(world, "sibling_admin", world.api.budgets.ListBudgets, budgets_pb2.ListBudgetsRequest())
    allowed(look)
    suspend = organizations_pb2.SuspendOrganizationRequest(id=suspended, reason="compliance")
    world.call("administrator", organizations.SuspendOrganization, suspend)
    gone_in_time(look)
    world.call("administrator", organizations.ReactivateOrganization, organizations_pb2.ReactivateOrganizationRequest(id=suspended))
    eventually(
        lambda: looking(world, "sibling_admin", world.api.budgets.ListBudgets, budgets_pb2.ListBudgetsRequest())() == "OK", "the access"
    )
