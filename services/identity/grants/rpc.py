"""`prm.identity.v1.Grants`: translates, decides nothing. Errors and rights stand in people.proto."""

from __future__ import annotations

from typing import Any

from prm.identity.v1 import people_pb2, people_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.store.reading import Filter, Listing, Question
from chassis.times import moment, to_timestamp
from services.identity.grants import commands
from services.identity.grants.model import Grant
from services.identity.grants.table import GRANTS

LISTING = Listing(
    orders={"create_time desc": ("created_at", True)},
    filters={"person_id": Filter("owner_id"), "object_id": Filter("object_id")},
)


class Grants(people_pb2_grpc.GrantsServicer):
    """Rights on single objects, each until a time."""

    def CreateGrant(self, request: people_pb2.CreateGrantRequest, context: Any) -> people_pb2.Grant:
        """Let a person act on one object."""
        wanted = request.grant
        until = moment(wanted.expire_time, "grant.expire_time")
        command = commands.CreateGrant(wanted.person_id, wanted.resource, wanted.object_id, tuple(wanted.actions), until)
        return to_proto(commands.create_grant(transaction(context), command))

    def ListGrants(self, request: people_pb2.ListGrantsRequest, context: Any) -> people_pb2.ListGrantsResponse:
        """The grants the caller may see."""
        page = reading(context).page(GRANTS, LISTING, Question(request.page_size, request.page_token, request.filter))
        return people_pb2.ListGrantsResponse(grants=map(to_proto, page.items), next_page_token=page.next_token)

    def RevokeGrant(self, request: people_pb2.RevokeGrantRequest, context: Any) -> people_pb2.Grant:
        """End it now."""
        return to_proto(commands.revoke_grant(transaction(context), request.id, request.etag))


def to_proto(grant: Grant) -> people_pb2.Grant:
    """As the contract shows it."""
    return people_pb2.Grant(
        id=grant.id,
        person_id=grant.person_id,
        resource=grant.resource,
        object_id=grant.object_id,
        actions=grant.actions,
        expire_time=to_timestamp(grant.expires_at),
        granted_by=grant.granted_by,
        revoke_time=to_timestamp(grant.revoked_at),
        create_time=to_timestamp(grant.created_at),
        update_time=to_timestamp(grant.updated_at),
        etag=grant.etag,
    )
