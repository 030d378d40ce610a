"""What stands before every page: who is here, whether the form is ours, and where to go without a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.api import Api
from gateway.errors import ApiError
from gateway.sessions.csrf import FIELD, SAFE, check_origin, check_token
from gateway.sessions.limits import Limits
from gateway.sessions.session import Session
from gateway.sessions.signin import address
from gateway.sessions.visit import Door, Visit, visit

Page = Callable[[Request], Awaitable[Response]]
ErrorPage = Callable[[Request, ApiError], Awaitable[Response]]
SIGN_IN = "/signin"
_BODY_FIELD = "next"


def here(request: Request) -> Session:
    """The session of a page that needs one."""
    found = session_of(request)
    if found is None:
        raise ApiError(401, "SESSION_ENDED", "You are signed out.")
    return found


def session_of(request: Request) -> Session | None:
    """The session, or None on public pages when nobody is signed in."""
    return cast(Visit, request.state.visit).session


def api_of(request: Request) -> Api:
    """The services with the rights of whoever is here."""
    return cast(Api, request.state.visit.api)


async def refresh(request: Request) -> Session:
    """Read the person anew after she changed something about herself."""
    found: Visit = request.state.visit
    found.session = await found.door.exchange.reread(found.secret)
    return found.session


def next_path(request: Request, default: str = "/") -> str:
    """Where to go afterwards: the form's or the query's `next` when it is a page of ours, else `default`."""
    form = getattr(request, "_form", None)
    wanted = (form.get(_BODY_FIELD) if form is not None else None) or request.query_params.get(_BODY_FIELD, "")
    return wanted if isinstance(wanted, str) and safe_path(wanted) else default


def safe_path(path: str) -> bool:
    """Whether a browser stays on this host: one leading slash, no backslash or control character, no scheme, no host."""
    if not path.startswith("/") or path.startswith("//") or len(path) > 2000:
        return False
    if "\\" in path or any(ord(char) < 0x21 or ord(char) == 0x7F for char in path):
        return False
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc


def guarded(page: Page, error_page: ErrorPage, *, template: str, public: bool) -> Page:
    """The page behind its guards. A refusal becomes the portal's own error page."""

    async def answer(request: Request) -> Response:
        door: Door = request.app.state.door
        request.scope["route_template"] = template
        found = request.state.visit = await visit(request, door)
        try:
            response = await _enter(request, found, page, public)
        except ApiError as error:
            response = _sign_in_first(request) if error.status == 401 and not public else await error_page(request, error)
        found.leave(response)
        return response

    answer.__name__ = getattr(page, "__name__", "page")
    return answer


async def _enter(request: Request, found: Visit, page: Page, public: bool) -> Response:
    if found.session is None and not public:
        if found.away is not None:
            raise found.away
        return _sign_in_first(request)
    if request.method not in SAFE:
        await _check_form(request, found, public)
    return await page(request)


async def _check_form(request: Request, found: Visit, public: bool) -> None:
    limits: Limits = found.door.limits
    if public:
        await limits.public(address(request))
    check_origin(request, found.door.origin)
    await check_token(request, found.door.tokens, found.binding)


def _sign_in_first(request: Request) -> Response:
    """To sign-in and back here; a form that cannot be repeated leads back to the page it was on."""
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = SIGN_IN if request.method not in SAFE or path == "/" else f"{SIGN_IN}?next={quote(path, safe='/')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


__all__ = ["FIELD", "api_of", "guarded", "here", "next_path", "refresh", "safe_path", "session_of"]
