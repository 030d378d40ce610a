"""`prm.identity.v1.Groups`: translates, decides nothing. Errors and rights stand in people.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prm.identity.v1 import people_pb2, people_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Filter, Listing, Question
from chassis.times import to_timestamp
from services.identity.groups import commands
from services.identity.groups.model import Group
from services.identity.groups.table import GROUPS

LISTING = Listing(orders={"name": ("name", False)}, filters={"organization_id": Filter("org_id")})
READ: dict[str, Callable[[Any], Any]] = {
    "name": lambda message: message.name,
    "roles": lambda message: list(message.roles),
    "member_ids": lambda message: list(message.member_ids),
}


class Groups(people_pb2_grpc.GroupsServicer):
    """People who get roles together."""

    def CreateGroup(self, request: people_pb2.CreateGroupRequest, context: Any) -> people_pb2.Group:
        """Add a group."""
        wanted = request.group
        command = commands.CreateGroup(wanted.organization_id, wanted.name, tuple(wanted.roles), tuple(wanted.member_ids))
        return to_proto(commands.create_group(transaction(context), command))

    def ListGroups(self, request: people_pb2.ListGroupsRequest, context: Any) -> people_pb2.ListGroupsResponse:
        """The groups the caller may see."""
        page = reading(context).page(GROUPS, LISTING, Question(request.page_size, request.page_token, request.filter))
        return people_pb2.ListGroupsResponse(groups=map(to_proto, page.items), next_page_token=page.next_token)

    def UpdateGroup(self, request: people_pb2.UpdateGroupRequest, context: Any) -> people_pb2.Group:
        """Change name, roles and members."""
        names = fields_to_change(request.group, request.update_mask, READ)
        command = commands.UpdateGroup(request.group.id, request.etag, {name: READ[name](request.group) for name in names})
        return to_proto(commands.update_group(transaction(context), command))

    def DeleteGroup(self, request: people_pb2.DeleteGroupRequest, context: Any) -> people_pb2.DeleteGroupResponse:
        """Remove it."""
        commands.delete_group(transaction(context), request.id, request.etag)
        return people_pb2.DeleteGroupResponse()


def to_proto(group: Group) -> people_pb2.Group:
    """As the contract shows it."""
    return people_pb2.Group(
        id=group.id,
        organization_id=group.org_id,
        name=group.name,
        roles=group.roles,
        member_ids=group.member_ids,
        create_time=to_timestamp(group.created_at),
        update_time=to_timestamp(group.updated_at),
        etag=group.etag,
    )
