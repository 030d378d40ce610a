"""How often one address may ask for anything; static files and health are free."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.edge.access import QUIET
from gateway.edge.refusals import refusal
from gateway.errors import ApiError
from gateway.sessions.signin import address


class ClientLimit:
    """ASGI middleware over the limits of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(QUIET):
            request = Request(scope, receive)
            try:
                await request.app.state.limits.client(address(request))
            except ApiError as error:
                await (await refusal(request, error))(scope, receive, send)
                return
        await self._app(scope, receive, send)
