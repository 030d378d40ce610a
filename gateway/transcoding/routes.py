"""The REST endpoints: everything under /v1, the OpenAPI document, the keys that verify tokens."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from google.protobuf.message import Message
from prm.identity.v1 import access_pb2
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import Api, metadata
from gateway.contracts import Method
from gateway.errors import ApiError
from gateway.sessions.signin import address
from gateway.settings import GatewaySettings
from gateway.transcoding.answers import answer, dump, to_json
from gateway.transcoding.bindings import Match, table
from gateway.transcoding.decode import fields_of
from gateway.transcoding.openapi.document import document_text
from gateway.transcoding.problems import problem_response
from gateway.transcoding.requests import Incoming, to_message
from gateway.transcoding.slots import StreamSlots
from gateway.transcoding.streams import Pace, stream_response

Endpoint = Callable[[Request], Awaitable[Response]]
VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
KEYS_SECONDS = 300
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,6000}")


def rest_routes() -> list[BaseRoute]:
    """The routes of REST. One serves all RPCs: which, the table knows."""
    return [
        Route("/v1/{path:path}", _answering(_rest, exact=False), methods=VERBS),
        Route("/openapi.json", _answering(_openapi), methods=["GET"]),
        Route("/.well-known/jwks.json", _answering(_keys), methods=["GET"]),
    ]


def _answering(endpoint: Endpoint, *, exact: bool = True) -> Endpoint:
    async def answering(request: Request) -> Response:
        request.scope["route_template"] = request.url.path if exact else "/v1/?"
        try:
            return await endpoint(request)
        except ApiError as error:
            return problem_response(error)

    return answering


async def _rest(request: Request) -> Response:
    raw_path = request.scope["raw_path"].decode("latin-1")
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": table().allowed(raw_path)})
    match = table().find(request.method, raw_path)
    request.scope["route_template"] = match.binding.template.text
    method, token = match.binding.method, bearer(request.headers)
    if not method.access.public and not token:
        raise ApiError(
            401, "TOKEN_MISSING", "Send an access token: Authorization: Bearer …", headers={"WWW-Authenticate": 'Bearer realm="prm"'}
        )
    return await _call(request, match, method, token)


async def _call(request: Request, match: Match, method: Method, token: str) -> Response:
    settings: GatewaySettings = request.app.state.config.own
    message = to_message(match, Incoming(request.scope["query_string"], request.headers, await request.body()))
    await _limit_public(request, method, message)
    if method.streams:
        return await _stream(request, method, message, token, settings)
    found = await Api(request.app.state.channels, token).send(method, message, deadline=settings.call_seconds)
    return answer(found, request.headers.get("if-none-match", ""))


async def _stream(request: Request, method: Method, message: Message, token: str, settings: GatewaySettings) -> Response:
    _resume(message, request.headers.get("last-event-id", ""))
    service, who = method.target(message), metadata(token)
    slots: StreamSlots = request.app.state.slots
    pace = Pace(settings.heartbeat_seconds, request.app.state.stopping, slots.take(service, token).free)
    messages = request.app.state.channels.stream(service, method, message, metadata=who, deadline=settings.stream_seconds)
    return await stream_response(messages, pace)


def _resume(message: Message, last_event_id: str) -> None:
    """A browser that lost the stream says what it saw last."""
    if (
        last_event_id
        and "after" in fields_of(message.DESCRIPTOR)
        and last_event_id.isascii()
        and last_event_id.isdigit()
        and len(last_event_id) < 19
    ):
        message.after = int(last_event_id)  # type: ignore[attr-defined]


async def _limit_public(request: Request, method: Method, message: Message) -> None:
    """Whoever needs no token is counted by address, and by account where a password or secret is tried."""
    if not method.access.public or request.method == "GET":
        return
    await request.app.state.limits.public(address(request))
    account = getattr(message, "email", "") or getattr(message, "client_id", "")
    if account:
        await request.app.state.limits.sign_in(address(request), account)


def bearer(headers: Headers) -> str:
    """The token of the Authorization header, or empty. Errors: ApiError 401 for another scheme or what can be no token."""
    value = headers.get("authorization", "")
    if not value:
        return ""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not _TOKEN.fullmatch(token.strip()):
        raise ApiError(
            401, "TOKEN_MALFORMED", "Send Authorization: Bearer and an access token", headers={"WWW-Authenticate": 'Bearer realm="prm"'}
        )
    return token.strip()


async def _openapi(request: Request) -> Response:
    text = document_text(request.app.state.config.address.public_url)
    return Response(text, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})


async def _keys(request: Request) -> Response:
    """The public keys as RFC 7517 has them. The last answer serves while identity is away: keys outlive tokens."""
    try:
        found = await Api(request.app.state.channels).call(access_pb2.GetKeysRequest(), access_pb2.GetKeysResponse, deadline=3.0)
        request.app.state.keys = dump({"keys": [{name: value for name, value in key.items() if value} for key in to_json(found)["keys"]]})
    except ApiError:
        if not getattr(request.app.state, "keys", ""):
            raise
    headers = {"Cache-Control": f"public, max-age={KEYS_SECONDS}"}
    return Response(request.app.state.keys, media_type="application/jwk-set+json", headers=headers)
