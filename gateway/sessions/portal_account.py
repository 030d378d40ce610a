"""The gateway's own account: it alone may exchange sessions and watch everybody's notifications."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TypeVar

from google.protobuf.message import Message
from prm.identity.v1 import access_pb2

from chassis.clock import Clock
from gateway.api import Api
from gateway.channels import Channels
from gateway.errors import ApiError

Answer = TypeVar("Answer", bound=Message)
EARLY = timedelta(seconds=30)
CALL_SECONDS = 3.0


class PortalAccount:
    """Calls as the gateway itself, with a token from its client credentials that is renewed before it ends."""

    def __init__(self, channels: Channels, client_id: str, client_secret: str, clock: Clock) -> None:
        self._channels, self._clock = channels, clock
        self._id, self._secret = client_id, client_secret
        self._token = ""
        self._ends: datetime | None = None
        self._lock = asyncio.Lock()

    async def call(self, request: Message, answer: type[Answer], *, deadline: float) -> Answer:
        """As Api.call. A token that was refused is replaced once; then 503, since the caller is not at fault."""
        try:
            return await Api(self._channels, await self.token(), self._renew).call(request, answer, deadline=deadline)
        except ApiError as error:
            if error.status == 403 or error.reason.startswith("TOKEN_"):
                raise ApiError(503, "PORTAL_ACCOUNT_REFUSED", "The portal itself was refused", domain="identity.prm") from error
            raise

    async def token(self) -> str:
        """A token that holds for a while."""
        async with self._lock:
            if self._ends is None or self._clock.now() >= self._ends - EARLY:
                await self._issue()
            return self._token

    async def _renew(self, refused: str) -> str:
        async with self._lock:
            if self._token == refused:
                await self._issue()
            return self._token

    async def _issue(self) -> None:
        request = access_pb2.IssueRequest(client_id=self._id, client_secret=self._secret)
        asked = self._clock.now()
        try:
            answer = await Api(self._channels).call(request, access_pb2.IssueResponse, deadline=CALL_SECONDS)
        except ApiError as error:
            if error.away:
                raise
            raise ApiError(503, "PORTAL_ACCOUNT_REFUSED", "The portal itself was refused", domain="identity.prm") from error
        self._token, self._ends = answer.access_token, asked + timedelta(seconds=answer.expires_in)
