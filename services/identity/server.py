"""What the api of identity answers."""

from __future__ import annotations

import grpc
from prm.identity.v1 import access_pb2, access_pb2_grpc, organizations_pb2, organizations_pb2_grpc, people_pb2, people_pb2_grpc

from chassis.rpc.host import ServiceHost
from services.identity.grants.rpc import Grants
from services.identity.groups.rpc import Groups
from services.identity.organizations.rpc import Organizations
from services.identity.people.rpc import People
from services.identity.roles.rpc import Roles
from services.identity.service_accounts.rpc import ServiceAccounts
from services.identity.sessions.passwords import passwords_of
from services.identity.sessions.rpc import Sessions
from services.identity.settings import settings
from services.identity.tokens.issuing import Issuer
from services.identity.tokens.rpc import Tokens

GRPC_SERVICES = tuple(
    service.full_name
    for file in (access_pb2.DESCRIPTOR, organizations_pb2.DESCRIPTOR, people_pb2.DESCRIPTOR)
    for service in file.services_by_name.values()
)


def add_servicers(server: grpc.Server, host: ServiceHost) -> None:
    """Host them. Raises ValueError for settings that are wrong or missing, before the port opens."""
    own, folder = settings(), host.shared.keys_dir
    if folder is None:
        raise ValueError("PRM_KEYS_DIR: identity needs the folder of its signing keys")
    passwords_of(own)  # its dummy hash is made here and not during the first sign-in
    issuer = Issuer(folder, own)
    access_pb2_grpc.add_SessionsServicer_to_server(Sessions(issuer), server)
    access_pb2_grpc.add_TokensServicer_to_server(Tokens(issuer), server)
    access_pb2_grpc.add_ServiceAccountsServicer_to_server(ServiceAccounts(), server)
    organizations_pb2_grpc.add_OrganizationsServicer_to_server(Organizations(), server)
    people_pb2_grpc.add_PeopleServicer_to_server(People(), server)
    people_pb2_grpc.add_RolesServicer_to_server(Roles(), server)
    people_pb2_grpc.add_GroupsServicer_to_server(Groups(), server)
    people_pb2_grpc.add_GrantsServicer_to_server(Grants(), server)
