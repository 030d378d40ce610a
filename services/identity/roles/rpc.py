"""`prm.identity.v1.Roles`: translates, decides nothing. Errors and rights stand in people.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prm.identity.v1 import people_pb2, people_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Listing, Question
from chassis.times import to_timestamp
from services.identity.roles import commands
from services.identity.roles.model import Role
from services.identity.roles.table import ROLES

MOST = 500
BY_ID = Listing(orders={"id": ("id", False)})
READ: dict[str, Callable[[Any], Any]] = {
    "kind": lambda message: message.kind,
    "permissions": lambda message: _permissions(message),
    "readable_fields": lambda message: sorted(set(message.readable_fields)),
    "grantable_roles": lambda message: sorted(set(message.grantable_roles)),
    "toxic_with": lambda message: sorted(set(message.toxic_with)),
    "approval_limit": lambda message: message.approval_limit,
}


class Roles(people_pb2_grpc.RolesServicer):
    """The roles of the suite and what they allow."""

    def ListRoles(self, request: people_pb2.ListRolesRequest, context: Any) -> people_pb2.ListRolesResponse:
        """All roles."""
        page = reading(context).page(ROLES, BY_ID, Question(MOST))
        return people_pb2.ListRolesResponse(roles=map(to_proto, page.items))

    def UpdateRole(self, request: people_pb2.UpdateRoleRequest, context: Any) -> people_pb2.Role:
        """Change what a role allows."""
        names = fields_to_change(request.role, request.update_mask, READ)
        command = commands.WriteRole(request.role.id, {name: READ[name](request.role) for name in names}, request.etag)
        return to_proto(commands.update_role(transaction(context), command))

    def CreateRole(self, request: people_pb2.CreateRoleRequest, context: Any) -> people_pb2.Role:
        """Add a role."""
        command = commands.WriteRole(request.role.id, {name: read(request.role) for name, read in READ.items()})
        return to_proto(commands.create_role(transaction(context), command))


def _permissions(message: people_pb2.Role) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for item in message.permissions:
        scopes = found.setdefault(item.resource, {}).setdefault(item.action, [])
        scopes.extend(scope for scope in item.scopes if scope not in scopes)
    return {resource: {action: sorted(scopes) for action, scopes in actions.items()} for resource, actions in found.items()}


def to_proto(role: Role) -> people_pb2.Role:
    """As the contract shows it."""
    return people_pb2.Role(
        id=role.id,
        kind=role.kind,
        permissions=[
            people_pb2.Role.Permission(resource=resource, action=action, scopes=scopes)
            for resource, actions in sorted(role.permissions.items())
            for action, scopes in sorted(actions.items())
        ],
        readable_fields=role.readable_fields,
        grantable_roles=role.grantable_roles,
        toxic_with=role.toxic_with,
        approval_limit=role.approval_limit,
        shipped=role.shipped,
        update_time=to_timestamp(role.updated_at),
        etag=role.etag,
    )
