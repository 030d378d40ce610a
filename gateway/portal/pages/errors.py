"""A refusal as a page: what, why, and the way on. Nothing is refused without its reason and, where there is one, its decision."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.errors import ApiError
from gateway.portal.context import is_fragment, me_of, theme_of, who_reads
from gateway.portal.environment import fragment, render
from gateway.portal.models import Door
from gateway.portal.present import labels
from gateway.portal.settings import settings
from gateway.portal.shell import Shell
from gateway.portal.words import Reader, _, reading
from gateway.sessions import csrf_token, session_of


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the page says. `facts` are reason and decision, for support."""

    status: int
    title: str
    text: str
    reason: str
    why: str
    rule: str
    missing: str
    policy: str
    decision: str
    retry: str
    back: str


async def error_page(request: Request, error: ApiError) -> Response:
    """The page of a refusal; a note alone when htmx asked for a part. Never raises."""
    reader = who_reads(request)
    with reading(reader):
        page = _page(request, error)
        if is_fragment(request):
            return HTMLResponse(fragment("states", "refused", page), error.status, error.headers)
    return HTMLResponse(_whole(request, reader, page), error.status, {**error.headers, "Vary": "HX-Request, Cookie"})


def _page(request: Request, error: ApiError) -> ErrorPage:
    title, text = _words(error)
    why = labels.refusal(error.reason) if error.status == 403 else ""
    retry = request.url.path if request.method == "GET" and error.status >= 500 else ""
    said = error.metadata
    return ErrorPage(
        status=error.status,
        title=title,
        text=text,
        reason=error.reason,
        why=why,
        rule=said.get("rule", ""),
        missing=said.get("missing", ""),
        policy=said.get("policy", "")[:12],
        decision=error.decision_id,
        retry=retry,
        back=_back(request),
    )


def _back(request: Request) -> str:
    parts = [part for part in request.url.path.split("/") if part]
    return f"/{parts[0]}" if len(parts) > 1 else "/"


def _words(error: ApiError) -> tuple[str, str]:
    if error.reason == "CSRF":
        return _("This form is too old"), _("Load the page again and repeat it. Nothing was changed.")
    if error.status >= 500 and error.away:
        return _("A part is not reachable"), _("The rest of the portal works. Nothing was changed; try again in a minute.")
    if error.status >= 500:
        return _("Something broke on our side"), _("It was recorded. Nothing was changed; try again in a minute.")
    if error.reason == "SEPARATION_OF_DUTIES":
        return _("You can’t decide this yourself"), _("You made or submitted it, so another person has to decide. Nothing was changed.")
    changed = (
        _("That does not go any more"),
        _("Somebody changed it meanwhile, or it is in another state. Nothing was changed. Look again."),
    )
    words = {
        403: (_("You can’t do this"), _("Your rights do not reach that far here. Nothing was changed.")),
        404: (_("There is nothing here"), _("The address is wrong, it was removed, or it belongs to somebody else.")),
        409: changed,
        412: changed,
        429: (_("That was a lot at once"), _("Wait a minute and try again. Nothing was changed.")),
    }
    return words.get(error.status, (_("That could not be read"), error.detail))


def _whole(request: Request, reader: Reader, page: ErrorPage) -> str:
    visit = getattr(request.state, "visit", None)
    session = session_of(request) if visit else None
    if session is None:
        door = Door(settings().vendor_name, csrf_token(request) if visit else "", "/signin")
        return render("pages/error_door.html", reader, {"door": door, "page": page})
    with reading(reader):
        shell = Shell(me_of(session, reader), settings().vendor_name, csrf_token(request), request.url.path, theme=theme_of(session.theme))
    return render("pages/error.html", reader, {"shell": shell, "page": page})
