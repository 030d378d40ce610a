"""The role table: what a change of it means for everybody, and what it may name."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prm.identity.v1 import people_pb2

from services.identity.facts import stored
from tests.integration.identity.conftest import World, refusal
from tests.integration.identity.rights import denied


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
