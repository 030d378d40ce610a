"""The portal's pages by path. What a page gets is described in `gateway/sessions/__init__.py`."""

from __future__ import annotations

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway.errors import ApiError

routes: list[Route] = []
public_routes: list[Route] = []


async def error_page(request: Request, error: ApiError) -> Response:
    """A refusal as a page. Never raises: it is what is shown when something else did."""
    return HTMLResponse(f"<!doctype html><title>{error.status}</title><h1>{escape(error.detail)}</h1>", error.status, error.headers)
