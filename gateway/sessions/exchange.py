"""A cookie becomes an access token once per token life and is kept in memory, so identity may be away for that long."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prm.identity.v1 import access_pb2, people_pb2

from chassis.clock import Clock
from gateway.api import Api
from gateway.channels import Channels
from gateway.errors import ApiError
from gateway.sessions.portal_account import PortalAccount
from gateway.sessions.session import Session, session_from
from gateway.sessions.times import moment

log = structlog.get_logger()
EARLY = timedelta(seconds=60)  # a token is renewed this long before its end, so that no page waits for identity at the last moment
PAUSE = timedelta(seconds=2)  # between attempts to renew a token that still holds
CALL_SECONDS = 3.0


@dataclass
class Active:
    """A session in use here. `try_again` is when to renew next."""

    token: str
    token_ends: datetime
    session: Session
    try_again: datetime


class Exchange:
    """Sessions in use by this process, by the digest of their secret; the ones not used longest fall out."""

    def __init__(self, channels: Channels, account: PortalAccount, clock: Clock, most: int) -> None:
        self._channels, self._account, self._clock, self._most = channels, account, clock, most
        self._active: OrderedDict[bytes, Active] = OrderedDict()
        self._running: dict[bytes, asyncio.Task[Active]] = {}

    async def active(self, secret: str) -> Active:
        """The session behind a cookie. Errors: ApiError 401 when it ended, 503 when identity is away and no token is left."""
        key, now = _key(secret), self._clock.now()
        found = self._active.get(key)
        if found is None or now >= found.token_ends:
            return await asyncio.shield(self._once(key, secret))
        self._active.move_to_end(key)
        if now >= found.try_again:  # nobody waits for identity while the token holds
            found.try_again = now + PAUSE
            self._once(key, secret)
        return found

    async def begin(self, secret: str, answer: access_pb2.SignInResponse) -> Active:
        """Take a session that identity has just opened, with its first token."""
        ends, expires = moment(answer.access_token_expire_time), moment(answer.expire_time)
        return await self._known(_key(secret), answer.access_token, ends, "", expires)

    async def renewed(self, secret: str, refused: str) -> str:
        """Another token for a session whose token a service refused. Errors: as `active`."""
        found = self._active.get(_key(secret))
        if found is not None and found.token == refused:
            self._active.pop(_key(secret), None)
        return (await self.active(secret)).token

    async def reread(self, secret: str) -> Session:
        """Ask identity anew who this is, after she changed something about herself."""
        found = self._active[_key(secret)]
        found.session = await self._me(found.token, found.session.id, found.session.expire_time)
        return found.session

    def forget(self, secret: str) -> None:
        """The session was ended."""
        self._active.pop(_key(secret), None)

    def _once(self, key: bytes, secret: str) -> asyncio.Task[Active]:
        """One exchange at a time for a session, however many requests ask; it goes on when the first of them gives up."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._exchange(secret))
            task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: bytes, task: asyncio.Task[Active]) -> None:
        self._running.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            reason = error.reason if isinstance(error, ApiError) else type(error).__name__
            log.warning("session_not_exchanged", reason=reason)

    async def _exchange(self, secret: str) -> Active:
        request = access_pb2.ExchangeSessionRequest(session_secret=secret)
        try:
            answer = await self._account.call(request, access_pb2.ExchangeSessionResponse, deadline=CALL_SECONDS)
        except ApiError as error:
            if error.status in (400, 401, 404):
                self.forget(secret)
                raise ApiError(401, "SESSION_ENDED", "You are signed out.", domain="identity.prm") from error
            raise
        ends, expires = moment(answer.access_token_expire_time), moment(answer.expire_time)
        return await self._known(_key(secret), answer.access_token, ends, answer.session_id, expires)

    async def _known(self, key: bytes, token: str, ends: datetime, session_id: str, expires: datetime) -> Active:
        session = await self._me(token, session_id, expires)
        active = Active(token, ends, session, max(ends - EARLY, self._clock.now() + PAUSE))
        self._active[key] = active
        self._active.move_to_end(key)
        while len(self._active) > self._most:
            self._active.popitem(last=False)
        return active

    async def _me(self, token: str, session_id: str, expires: datetime) -> Session:
        me = await Api(self._channels, token).call(people_pb2.GetMeRequest(), people_pb2.Me, deadline=CALL_SECONDS)
        return session_from(me, session_id, expires)


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
