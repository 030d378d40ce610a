"""Oneself: language, theme, keys, password, sessions; and the pages More and Help."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from prm.identity.v1 import access_pb2, people_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal import formats
from gateway.portal.context import SHORTCUTS_COOKIE, THEMES, Page, answer, away, open_page, service_name
from gateway.portal.forms import Field, Form, form, new_request_id
from gateway.portal.models import Away
from gateway.portal.pages.person import refusal
from gateway.portal.words import LANGUAGES, _, reading
from gateway.sessions import refresh

YEAR = 365 * 24 * 3600
LEAST_PASSWORD = 12
ZONES = (
    "UTC", "Europe/London", "Europe/Lisbon", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Zurich", "Europe/Warsaw",
    "Europe/Oslo", "Europe/Istanbul", "Africa/Johannesburg", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
    "America/Sao_Paulo", "America/Mexico_City", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """A session of the person."""

    id: str
    name: str
    last: str
    current: bool
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What one can change about oneself."""

    form: Form
    password: Form
    themes: list[tuple[str, str]]
    devices: list[Device]
    devices_away: Away | None = None
    notice: str = ""


async def account(request: Request) -> Response:
    """The page of oneself."""
    return await _account(open_page(request))


async def _account(page: Page, notice: str = "", errors: dict[str, str] | None = None, status: int = 200) -> Response:
    panels = await page.panels(sessions=page.api.call(access_pb2.ListSessionsRequest(), access_pb2.ListSessionsResponse))
    found = answer(panels["sessions"])
    with reading(page.reader):
        listed = [_device(one) for one in (found.sessions if found else ()) if not one.HasField("revoke_time")]
        missing = away(panels["sessions"], service_name("identity"), "/account")
        themes = [("system", _("like this device")), ("light", _("light")), ("dark", _("dark"))]
        model = AccountPage(_fields(page), _password_fields().with_errors(errors or {}), themes, listed, missing, notice)
        return page.show("pages/account.html", panels, "account", {"page": model}, status=status)


def _device(one: access_pb2.Session) -> Device:
    last = formats.moment(one.last_used_time) or formats.moment(one.create_time)
    return Device(one.id, _browser(one.user_agent), formats.stamp(last), one.current)


def _browser(agent: str) -> str:
    """`Firefox, Windows` of a browser's own words; the words themselves where we do not know them."""
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (browsers, systems)]
    return ", ".join(one for one in found if one) or agent[:60] or _("unknown device")


def _fields(page: Page) -> Form:
    session = page.session
    zones = tuple((zone, zone.replace("_", " ")) for zone in sorted({*ZONES, page.reader.zone.key}))
    return form(
        Field("name", _("Name"), session.name),
        Field("language", _("Language"), page.reader.language, options=tuple(LANGUAGES.items())),
        Field("time_zone", _("Time zone"), page.reader.zone.key, options=zones),
        Field("theme", _("Colours"), session.theme),
    )


def _password_fields() -> Form:
    return form(Field("old_password", _("Password now"), prefix="p"), Field("new_password", _("New password"), prefix="p"))


async def save(request: Request) -> Response:
    """Change name, language, zone or theme: what the form has."""
    page, data = open_page(request), await request.form()
    values = {name: value.strip() for name, value in data.items() if isinstance(value, str)}
    allowed = {
        "name": bool(values.get("name")),
        "language": values.get("language") in LANGUAGES,
        "time_zone": "/" in values.get("time_zone", "") or values.get("time_zone") == "UTC",
        "theme": values.get("theme") in THEMES,
    }
    paths = [name for name, good in allowed.items() if good]
    if not paths:
        return page.go("/account")
    kept = {name: values[name] if name in paths else "" for name in allowed}
    person = people_pb2.Person(name=kept["name"], language=kept["language"], time_zone=kept["time_zone"], theme=kept["theme"])
    message = people_pb2.UpdateMeRequest(
        person=person, update_mask=FieldMask(paths=paths), request_id=values.get("request_id") or new_request_id()
    )
    refused = await _tried(page, message, people_pb2.Me)
    if refused:
        return await _account(page, refused.text, status=refused.status)
    await refresh(request)
    return page.go("/account", "account")


@dataclass(frozen=True, slots=True)
class _Refused:
    text: str
    status: int


async def _tried(page: Page, message: Any, kind: Any) -> _Refused | None:
    try:
        await page.api.call(message, kind)
    except ApiError as error:
        if error.status in (401, 403, 404):
            raise
        with reading(page.reader):
            return _Refused(refusal(error), error.status)
    return None


async def password(request: Request) -> Response:
    """Change the password; other devices are signed out."""
    page, data = open_page(request), await request.form()
    old, new = str(data.get("old_password", "")), str(data.get("new_password", ""))
    with reading(page.reader):
        errors = {} if len(new) >= LEAST_PASSWORD else {"new_password": _("Choose %(count)s characters or more", count=LEAST_PASSWORD)}
        errors |= {} if old else {"old_password": _("Enter the password you use now")}
    if errors:
        return await _account(page, errors=errors, status=422)
    message = people_pb2.ChangePasswordRequest(
        old_password=old, new_password=new, request_id=str(data.get("request_id", "")) or new_request_id()
    )
    refused = await _tried(page, message, people_pb2.ChangePasswordResponse)
    if refused:
        return await _account(page, refused.text, status=422)
    return page.go("/account", "password")


async def end_session(request: Request) -> Response:
    """Sign another device out."""
    page, data = open_page(request), await request.form()
    message = access_pb2.RevokeSessionRequest(id=request.path_params["id"], request_id=str(data.get("request_id", "")) or new_request_id())
    await page.api.call(message, access_pb2.Session)
    return page.go("/account", "account")


async def shortcuts(request: Request) -> Response:
    """Single keys on or off, for this browser."""
    page, data = open_page(request), await request.form()
    response = page.go("/help")
    response.set_cookie(SHORTCUTS_COOKIE, "off" if data.get("keys") == "off" else "on", max_age=YEAR, httponly=True, samesite="lax")
    return response


async def more(request: Request) -> Response:
    """On a phone: everything that is not under the thumb."""
    page = open_page(request)
    panels = await page.panels()
    with reading(page.reader):
        return page.show("pages/more.html", panels, "more", {})


async def help_page(request: Request) -> Response:
    """Keys and words."""
    page = open_page(request)
    panels = await page.panels()
    with reading(page.reader):
        return page.show("pages/help.html", panels, "help", {})
