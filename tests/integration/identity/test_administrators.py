"""An administrator always remains, and no role disarms her."""

from __future__ import annotations

import threading

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from prm.identity.v1 import people_pb2

from tests.integration.identity.conftest import Caller, World
from tests.integration.identity.rights import denied, facts, set_roles


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
    set_roles(world.admin, second.id, "auditor")


def test_two_who_remove_each_other_do_not_both_succeed(world: World) -> None:
    second = world.join("rival@northwind.example", ["administrator"])
    caller = world.as_(second.email)
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
    set_roles(world.admin, second.id, "auditor")


def test_the_administrator_cannot_be_disarmed(world: World) -> None:
    admin = world.admin
    role = people_pb2.Role(id="administrator")
    request = people_pb2.UpdateRoleRequest(role=role, update_mask=FieldMask(paths=["permissions"]))
    assert denied(lambda: admin(admin.roles.UpdateRole, request)) == ("FAILED_PRECONDITION", "LAST_ADMINISTRATOR")
