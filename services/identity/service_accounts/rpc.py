"""`prm.identity.v1.ServiceAccounts`: translates, decides nothing. Errors and rights stand in access.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prm.identity.v1 import access_pb2, access_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Question
from chassis.times import to_timestamp
from services.identity.service_accounts import commands, queries
from services.identity.service_accounts.model import ServiceAccount

READ: dict[str, Callable[[Any], Any]] = {
    "name": lambda message: message.name,
    "roles": lambda message: list(message.roles),
    "public_key": lambda message: message.public_key,
}


class ServiceAccounts(access_pb2_grpc.ServiceAccountsServicer):
    """Accounts of internal systems."""

    def CreateServiceAccount(
        self, request: access_pb2.CreateServiceAccountRequest, context: Any
    ) -> access_pb2.CreateServiceAccountResponse:
        """Add one."""
        wanted = request.service_account
        command = commands.CreateServiceAccount(wanted.name, tuple(wanted.roles), wanted.public_key)
        account, secret = commands.create_account(transaction(context), command)
        return access_pb2.CreateServiceAccountResponse(service_account=to_proto(account), client_secret=secret)

    def ListServiceAccounts(self, request: access_pb2.ListServiceAccountsRequest, context: Any) -> access_pb2.ListServiceAccountsResponse:
        """All of them."""
        page = queries.list_accounts(reading(context), Question(request.page_size, request.page_token))
        return access_pb2.ListServiceAccountsResponse(service_accounts=map(to_proto, page.items), next_page_token=page.next_token)

    def UpdateServiceAccount(self, request: access_pb2.UpdateServiceAccountRequest, context: Any) -> access_pb2.ServiceAccount:
        """Change name, roles and key."""
        names = fields_to_change(request.service_account, request.update_mask, READ)
        values = {name: READ[name](request.service_account) for name in names}
        command = commands.UpdateServiceAccount(request.service_account.id, request.etag, values)
        return to_proto(commands.update_account(transaction(context), command))

    def RotateSecret(self, request: access_pb2.RotateSecretRequest, context: Any) -> access_pb2.CreateServiceAccountResponse:
        """A new secret."""
        account, secret = commands.rotate_secret(transaction(context), request.id)
        return access_pb2.CreateServiceAccountResponse(service_account=to_proto(account), client_secret=secret)

    def DisableServiceAccount(self, request: access_pb2.DisableServiceAccountRequest, context: Any) -> access_pb2.ServiceAccount:
        """Close it."""
        return to_proto(commands.disable_account(transaction(context), request.id, request.etag))


def to_proto(account: ServiceAccount) -> access_pb2.ServiceAccount:
    """As the contract shows it."""
    return access_pb2.ServiceAccount(
        id=account.id,
        name=account.name,
        roles=account.roles,
        public_key=account.public_key,
        disabled=account.disabled,
        last_used_time=to_timestamp(account.last_used_at),
        create_time=to_timestamp(account.created_at),
        update_time=to_timestamp(account.updated_at),
        etag=account.etag,
    )
