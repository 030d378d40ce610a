"""Roles by groups, rights on single objects."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from prm.identity.v1 import people_pb2

from chassis.times import to_timestamp
from tests.integration.identity.conftest import World, refusal
from tests.integration.identity.rights import denied, facts


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
        ({"until": Timestamp(seconds=2**60)}, "grant.expire_time"),
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
        expire_time=values.get("until") or soon(world, days=values["days"]),
    )
    assert list(refusal(lambda: admin(admin.grants.CreateGrant, people_pb2.CreateGrantRequest(grant=wanted))).fields) == [field]
