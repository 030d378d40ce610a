"""Sign-in, sign-out, taking up an invitation, and the language of those who are not signed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from prm.identity.v1.people_pb2 import AcceptInvitationRequest, AcceptInvitationResponse
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.errors import ApiError
from gateway.portal import formats, forms
from gateway.portal.context import LANGUAGE_COOKIE, who_reads
from gateway.portal.environment import render
from gateway.portal.forms import Field, Form, form
from gateway.portal.models import Door
from gateway.portal.settings import settings
from gateway.portal.words import LANGUAGES, Reader, _, reading
from gateway.sessions import api_of, csrf_token, next_path, session_of, sign_in, sign_out

YEAR = 365 * 24 * 3600
LEAST_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class DoorPage:
    """What a page before sign-in says and asks."""

    form: Form
    refused: str = ""
    ended: bool = False
    done: bool = False
    next: str = "/"
    hints: tuple[str, ...] = field(default=())


def _show(request: Request, reader: Reader, template: str, page: DoorPage, status: int = 200) -> Response:
    door = Door(settings().vendor_name, csrf_token(request), request.url.path)
    return HTMLResponse(render(template, reader, {"door": door, "page": page}), status, headers={"Vary": "Cookie, Accept-Language"})


async def signin_form(request: Request) -> Response:
    """The form. Somebody signed in is asked again only when she came from a page that warned her."""
    reader, target = who_reads(request), next_path(request)
    if session_of(request) is not None and target == "/":
        return RedirectResponse("/", 303)
    with reading(reader):
        ended = target != "/" and session_of(request) is None
        page = DoorPage(_signin_fields(), ended=ended, next=target)
        return _show(request, reader, "pages/signin.html", page)


def _signin_fields(email: str = "") -> Form:
    return form(Field("email", _("Work e-mail"), email), Field("password", _("Password")))


async def signin(request: Request) -> Response:
    """Sign in and go where one wanted to go."""
    data, reader = await request.form(), who_reads(request)
    email, password = str(data.get("email", "")).strip(), str(data.get("password", ""))
    try:
        signed_in = await sign_in(request, email=email, password=password)
    except ApiError as error:
        with reading(reader):
            page = DoorPage(_signin_fields(email), refused=_refusal(error), next=next_path(request))
            return _show(request, reader, "pages/signin.html", page, 422 if error.status < 500 else error.status)
    response = RedirectResponse(next_path(request), 303)
    signed_in.attach(response)
    return response


def _refusal(error: ApiError) -> str:
    if error.status == 429:
        wait = formats.span(max(int((error.retry_after or 60) // 60), 1))
        return _("Too many tries. Wait %(time)s, then try again, or ask your administrator.", time=wait)
    if error.away:
        return _("Signing in does not work right now. Nothing is wrong with your password; try again in a minute.")
    return _("E-mail and password do not fit together. Check both, and the keyboard’s capital letters.")


async def signout(request: Request) -> Response:
    """Sign out and show the form again."""
    response = RedirectResponse("/signin", 303)
    await sign_out(request, response)
    return response


async def language(request: Request) -> Response:
    """The language of a visitor; whoever is signed in changes hers on her account page."""
    data = await request.form()
    response = RedirectResponse(next_path(request, "/signin"), 303)
    wanted = str(data.get("language", ""))
    if wanted in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, wanted, max_age=YEAR, httponly=True, samesite="lax")
    return response


async def invitation_form(request: Request) -> Response:
    """The page that the link of an invitation opens; the token stays in the address and is sent once."""
    reader = who_reads(request)
    with reading(reader):
        return _show(request, reader, "pages/invitation.html", DoorPage(_invitation_fields()))


def _invitation_fields() -> Form:
    return form(Field("name", _("Your name")), Field("password", _("Password")))


async def invitation(request: Request) -> Response:
    """Take the invitation up with a password."""
    data, reader = await request.form(), who_reads(request)
    password, name = str(data.get("password", "")), str(data.get("name", "")).strip()
    request_id = str(data.get("request_id", "")) or forms.new_request_id()
    message = AcceptInvitationRequest(token=request.path_params["token"], password=password, name=name, request_id=request_id)
    with reading(reader):
        fields = _invitation_fields().filled({"name": name})
        if len(password) < LEAST_PASSWORD:
            wrong = fields.with_errors({"password": _("Choose %(count)s characters or more", count=LEAST_PASSWORD)})
            return _show(request, reader, "pages/invitation.html", DoorPage(wrong), 422)
    try:
        await api_of(request).call(message, AcceptInvitationResponse)
    except ApiError as error:
        with reading(reader):
            return _show(request, reader, "pages/invitation.html", DoorPage(fields, refused=_not_accepted(error)), 422)
    with reading(reader):
        return _show(request, reader, "pages/invitation.html", DoorPage(fields, done=True))


def _not_accepted(error: ApiError) -> str:
    if error.away:
        return _("That does not work right now. The invitation stays good; try again in a minute.")
    if any(problem.field == "password" for problem in error.fields):
        return _("This password is too easy to guess. Choose a longer one.")
    return _("This invitation was used already or is too old. Ask who invited you to send it again.")
