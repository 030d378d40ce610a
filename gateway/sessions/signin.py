"""Signing in and out, for the pages that offer it."""

from __future__ import annotations

import uuid

import structlog
from prm.identity.v1 import access_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import Api
from gateway.errors import ApiError
from gateway.sessions.cookies import SignedIn
from gateway.sessions.times import moment
from gateway.sessions.visit import Door, Visit

log = structlog.get_logger()
SIGN_IN_SECONDS = 8.0  # a password hash takes its time by design, more so when many sign in at once
SIGN_OUT_SECONDS = 3.0


async def sign_in(request: Request, *, email: str, password: str) -> SignedIn:
    """Open a session. Errors: ApiError 401 SIGN_IN_FAILED, the same for an unknown account; 429 with retry_after; 503."""
    door: Door = request.state.visit.door
    await door.limits.sign_in(address(request), email)
    message = access_pb2.SignInRequest(
        email=email, password=password, user_agent=request.headers.get("user-agent", "")[:400], request_id=_attempt()
    )
    answer = await Api(door.channels).call(message, access_pb2.SignInResponse, deadline=SIGN_IN_SECONDS)
    await door.exchange.begin(answer.session_secret, answer)
    return SignedIn(door.cookies, answer.session_secret, moment(answer.expire_time), door.clock.now())


async def sign_out(request: Request, response: Response) -> None:
    """End the session and forget the cookie, also while identity is away: then the session ends there by itself."""
    visit: Visit = request.state.visit
    visit.door.cookies.clear(response, visit.door.cookies.session)
    if not visit.secret:
        return
    visit.door.exchange.forget(visit.secret)
    message = access_pb2.SignOutRequest(session_secret=visit.secret, request_id=_attempt())
    try:
        await Api(visit.door.channels).call(message, access_pb2.SignOutResponse, deadline=SIGN_OUT_SECONDS)
    except ApiError as error:
        log.warning("sign_out_incomplete", reason=error.reason)


def address(request: Request) -> str:
    """The client's address, as the server or a trusted proxy says."""
    return request.client.host if request.client else ""


def _attempt() -> str:
    return f"portal-{uuid.uuid4()}"
