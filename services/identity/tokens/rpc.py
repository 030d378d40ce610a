"""`prm.identity.v1.Tokens`: translates, decides nothing. Errors and rights stand in access.proto."""

from __future__ import annotations

from typing import Any

from prm.identity.v1 import access_pb2, access_pb2_grpc

from chassis.rpc.context import reading
from services.identity.service_accounts.queries import Proof, issue
from services.identity.tokens.issuing import Issuer
from services.identity.tokens.queries import public_keys

BEARER = "Bearer"  # RFC 6750


class Tokens(access_pb2_grpc.TokensServicer):
    """Tokens for systems, and the keys to verify any token."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def Issue(self, request: access_pb2.IssueRequest, context: Any) -> access_pb2.IssueResponse:
        """Client credentials for a token."""
        read = reading(context)
        token = issue(read, self._issuer, Proof(request.client_id, request.client_secret, request.client_assertion))
        seconds = int((token.expires_at - read.now).total_seconds())
        return access_pb2.IssueResponse(access_token=token.text, token_type=BEARER, expires_in=seconds)

    def GetKeys(self, request: access_pb2.GetKeysRequest, context: Any) -> access_pb2.GetKeysResponse:
        """The public keys."""
        keys = [
            access_pb2.GetKeysResponse.Key(kty="OKP", crv="Ed25519", x=key.x, kid=key.id, alg="Ed25519", use="sig")
            for key in public_keys(reading(context).connection)
        ]
        return access_pb2.GetKeysResponse(keys=keys)
