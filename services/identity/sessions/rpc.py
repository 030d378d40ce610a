"""`prm.identity.v1.Sessions`: translates, decides nothing. Errors and rights stand in access.proto."""

from __future__ import annotations

from typing import Any

from prm.identity.v1 import access_pb2, access_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.times import to_timestamp
from services.identity.sessions import commands, queries
from services.identity.sessions.model import Session
from services.identity.tokens.issuing import Issuer


class Sessions(access_pb2_grpc.SessionsServicer):
    """How people get in."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def SignIn(self, request: access_pb2.SignInRequest, context: Any) -> access_pb2.SignInResponse:
        """Begin a session."""
        tx = transaction(context)
        session, secret = commands.sign_in(tx, commands.SignIn(request.email, request.password, request.user_agent))
        token = self._issuer.issue(tx.connection, queries.holder_of(session), tx.now)
        return access_pb2.SignInResponse(
            session_secret=secret,
            expire_time=to_timestamp(session.expires_at),
            access_token=token.text,
            access_token_expire_time=to_timestamp(token.expires_at),
            person_id=session.person_id,
            session_id=session.id,
        )

    def ExchangeSession(self, request: access_pb2.ExchangeSessionRequest, context: Any) -> access_pb2.ExchangeSessionResponse:
        """Trade a session for a token."""
        found = queries.exchange(reading(context), self._issuer, request.session_secret)
        return access_pb2.ExchangeSessionResponse(
            access_token=found.token.text,
            access_token_expire_time=to_timestamp(found.token.expires_at),
            expire_time=to_timestamp(found.session.expires_at),
            session_id=found.session.id,
            person_id=found.session.person_id,
        )

    def SignOut(self, request: access_pb2.SignOutRequest, context: Any) -> access_pb2.SignOutResponse:
        """End the session with this secret."""
        commands.sign_out(transaction(context), request.session_secret)
        return access_pb2.SignOutResponse()

    def ListSessions(self, request: access_pb2.ListSessionsRequest, context: Any) -> access_pb2.ListSessionsResponse:
        """One's own sessions."""
        read = reading(context)
        current = read.subject.session_id
        return access_pb2.ListSessionsResponse(sessions=[_to_proto(session, current) for session in queries.own_sessions(read)])

    def RevokeSession(self, request: access_pb2.RevokeSessionRequest, context: Any) -> access_pb2.Session:
        """End one of one's own."""
        tx = transaction(context)
        return _to_proto(commands.revoke_session(tx, request.id), tx.subject.session_id)


def _to_proto(session: Session, current: str) -> access_pb2.Session:
    return access_pb2.Session(
        id=session.id,
        create_time=to_timestamp(session.created_at),
        last_used_time=to_timestamp(session.last_used_at),
        expire_time=to_timestamp(session.expires_at),
        user_agent=session.user_agent,
        current=session.id == current,
        revoke_time=to_timestamp(session.ended_at),
    )
