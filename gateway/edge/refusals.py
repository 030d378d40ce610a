"""Refusals that no page and no RPC made: unknown paths, wrong verbs, too much, and defects. JSON for REST, a page for people."""

from __future__ import annotations

import structlog
from markupsafe import escape
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.telemetry import tracing
from gateway.errors import ApiError
from gateway.portal import routes as portal
from gateway.sessions.visit import visit
from gateway.transcoding.problems import problem_response

log = structlog.get_logger()
MACHINES = ("/v1/", "/openapi.json", "/.well-known/", "/live", "/static/", "/healthz")
_REASONS = {
    400: ("BAD_REQUEST", "This request cannot be read"),
    404: ("ROUTE_NOT_FOUND", "There is nothing at this path"),
    405: ("METHOD_NOT_ALLOWED", "This path does not take that"),
    408: ("BODY_TOO_SLOW", "The request did not arrive in time"),
    413: ("BODY_TOO_LARGE", "This is larger than what is taken here"),
}


async def refusal(request: Request, error: ApiError) -> Response:
    """The answer for a refusal, in the form its reader understands."""
    if request.url.path.startswith(MACHINES):
        return problem_response(error)
    return await page_refusal(request, error)


async def page_refusal(request: Request, error: ApiError) -> Response:
    """The portal's page for a refusal; without its looks when even that page has a defect."""
    try:
        if not hasattr(request.state, "visit"):
            request.state.visit = await visit(request, request.app.state.door)
        return await portal.error_page(request, error)
    except Exception:
        log.exception("error_page_failed")
        return HTMLResponse(f"<!doctype html><title>{error.status}</title><h1>{escape(error.detail)}</h1>", error.status, error.headers)


async def http_refusal(request: Request, error: Exception) -> Response:
    """Starlette's own refusals."""
    assert isinstance(error, HTTPException)
    reason, detail = _REASONS.get(error.status_code, ("REFUSED", "This was refused"))
    return await refusal(request, ApiError(error.status_code, reason, detail, headers=error.headers))


class LastResort:
    """ASGI middleware, the innermost: a defect becomes a 500 that says nothing but the trace id, and a log line that says all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            return  # nobody is there to be answered; the access log counts it as 499
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("request_failed")
            error = ApiError(500, "INTERNAL", "Something went wrong on our side", metadata={"trace_id": tracing.trace_id()})
            await (await refusal(Request(scope, receive), error))(scope, receive, send)
