"""A page's request: who reads, what surrounds the page, and how answers become HTML, whole or in part."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from prm.deals.v1.programme_pb2 import ProgrammeSettings
from prm.deals.v1.registrations_pb2 import CountRegistrationsRequest, CountRegistrationsResponse, Registration
from prm.notify.v1.notifications_pb2 import CountUnreadRequest, CountUnreadResponse
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.api import Api
from gateway.portal import notices
from gateway.portal.environment import render
from gateway.portal.models import Away, Theme
from gateway.portal.present import labels
from gateway.portal.settings import settings
from gateway.portal.shell import Me, Shell
from gateway.portal.words import Reader, _, choose_language, choose_zone, reading
from gateway.sessions import api_of, csrf_token, here, session_of
from gateway.sessions.session import Session
from gateway.views import Panels, Refused, Unavailable, compose

SHORTCUTS_COOKIE = "prm_keys"
LANGUAGE_COOKIE = "prm_language"
THEMES = ("system", "light", "dark")


def now(request: Request) -> datetime:
    """The time of this installation's clock."""
    return cast(datetime, request.state.visit.door.clock.now())


def who_reads(request: Request) -> Reader:
    """The person's language and zone; a visitor's from her cookie or her browser."""
    session = session_of(request)
    if session is not None:
        return Reader(choose_language(session.language), choose_zone(session.time_zone), now(request))
    wanted = request.cookies.get(LANGUAGE_COOKIE, "")
    return Reader(choose_language(wanted, request.headers.get("accept-language", "")), choose_zone(""), now(request))


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page; not when the browser goes back to it."""
    return request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers


@dataclass(frozen=True, slots=True)
class Page:
    """One request of somebody signed in."""

    request: Request
    session: Session
    api: Api
    reader: Reader

    @property
    def at_vendor(self) -> bool:
        return self.session.kind == "vendor"

    @property
    def fragment(self) -> bool:
        return is_fragment(self.request)

    def ask(self, name: str, default: str = "") -> str:
        """A value of the address."""
        return self.request.query_params.get(name, default)

    async def panels(self, **calls: Awaitable[Any]) -> Panels:
        """The page's own calls together with what the layout shows, in parallel under one deadline."""
        return await compose(settings().page_seconds, **calls, **self._shell_calls())

    def _shell_calls(self) -> dict[str, Awaitable[Any]]:
        if self.fragment:
            return {}
        calls: dict[str, Awaitable[Any]] = {
            "_unread": self.api.call(CountUnreadRequest(), CountUnreadResponse, deadline=settings().shell_seconds)
        }
        if self.session.may("registration.approve" if self.at_vendor else "registration.update"):
            wanted = f'status = "IN_REVIEW" AND decider_id = "{self.session.person_id}"' if self.at_vendor else 'status = "ACTION_REQUIRED"'
            request = CountRegistrationsRequest(filter=wanted)
            calls["_needs"] = self.api.call(request, CountRegistrationsResponse, deadline=settings().shell_seconds)
        return calls

    def reader_of(self, panels: Panels) -> Reader:
        """The reader with the programme's zone, where the page asked for the programme's settings."""
        found = answer(panels.get("settings"))
        zone = found.time_zone if isinstance(found, ProgrammeSettings) else ""
        return replace(self.reader, programme=choose_zone(zone)) if zone else self.reader

    def shell(self, panels: Panels, at: str) -> Shell:
        """The layout around the page at this menu entry."""
        return Shell(
            me=me_of(self.session, self.reader),
            vendor=settings().vendor_name,
            csrf=csrf_token(self.request),
            path=self.request.url.path,
            here=at,
            theme=theme_of(self.session.theme),
            shortcuts=self.request.cookies.get(SHORTCUTS_COOKIE) != "off",
            unread=_count(panels.get("_unread")),
            needs=_count(panels.get("_needs")),
            session_end=int(self.session.expire_time.timestamp()),
            toasts=notices.of(self.request, self.reader),
        )

    def show(self, template: str, panels: Panels, at: str, values: Mapping[str, Any], *, block: str = "", status: int = 200) -> Response:
        """The page, or only the block when htmx asked and a block is named."""
        part = block if self.fragment else ""
        body = render(template, self.reader_of(panels), {"shell": self.shell(panels, at), **values}, part)
        response = HTMLResponse(body, status, headers={"Vary": "HX-Request, Cookie"})
        notices.clear(self.request, response)
        return response

    def go(self, path: str, notice: str = "", deal: Registration | None = None) -> Response:
        """To another page after something was done; `notice` is one of notices.TEXTS and shown there."""
        leading = RedirectResponse(path, 303)  # its Location is escaped: an id in the path may be anything, line ends too
        location = leading.headers["location"]
        response = Response(status_code=204, headers={"HX-Redirect": location}) if self.fragment else leading
        notices.leave(response, notice, deal)
        return response


def open_page(request: Request) -> Page:
    """The page's request; the gateway has let the person in already."""
    return Page(request, here(request), api_of(request), who_reads(request))


def me_of(session: Session, reader: Reader) -> Me:
    """The person as the layout shows her."""
    with reading(reader):
        role = labels.role(min(session.roles)) if session.roles else ""
    kind: Literal["partner", "vendor"] = "vendor" if session.kind == "vendor" else "partner"
    name, organization = session.name or session.email, session.organization_name
    return Me(
        session.person_id,
        name,
        session.organization_id,
        organization,
        kind,
        session.permissions,
        session.organization_types,
        session.email,
        role,
    )


def theme_of(text: str) -> Theme:
    """A theme that we have."""
    return cast(Theme, text) if text in THEMES else "system"


def _count(panel: Any) -> int:
    return panel.count if isinstance(panel, CountUnreadResponse | CountRegistrationsResponse) else 0


def away(panel: Any, title: str, path: str) -> Away | None:
    """What to say of a panel without an answer; None when it has one, or when the person may not see it."""
    return Away(title, path, panel.since) if isinstance(panel, Unavailable) else None


def answer(panel: Any) -> Any | None:
    """The panel's answer, or None where it has none."""
    return None if panel is None or isinstance(panel, Unavailable | Refused) else panel


def service_name(name: str) -> str:
    """A service as a sentence about it starts."""
    words = {
        "deals": _("Deals are not reachable."),
        "mdf": _("Funds are not reachable."),
        "content": _("Content is not reachable."),
        "training": _("Training is not reachable."),
        "notify": _("Notifications are not reachable."),
        "identity": _("People and access are not reachable."),
    }
    return words.get(name, _("A part is not reachable."))
