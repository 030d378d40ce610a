"""The real page handlers on a stage: invented services behind them, so that forms, fragments and refusals can be tried.

`python -m tests.portal.stage` serves it; `?as=vendor` is kept in a cookie. Nothing is stored: every answer is a sample.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from google.protobuf.message import Message
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.errors import ApiError
from gateway.portal import routes as portal
from gateway.portal.environment import DIST
from gateway.sessions.session import Session
from tests.portal import answers, samples
from tests.portal.preview import POLICY

Answer = Callable[[Any], Message]


class StageApi:
    """The services as samples. `down` names services that do not answer, `refuse` maps a request type to its error.

    `who` replaces fields of the session: rights, zone, roles.
    """

    def __init__(
        self,
        *,
        vendor: bool = False,
        down: frozenset[str] = frozenset(),
        refuse: dict[type, ApiError] | None = None,
        who: dict[str, Any] | None = None,
    ) -> None:
        self.vendor, self.down, self.refuse, self.who = vendor, down, refuse or {}, who or {}
        self.asked: list[Message] = []

    async def call(self, request: Message, answer: type[Message], *, deadline: float = 5.0) -> Any:
        """A sample answer of the right type."""
        self.asked.append(request)
        service = request.DESCRIPTOR.full_name.split(".")[1]
        if service in self.down:
            raise ApiError(503, "UNAVAILABLE", f"The {service} service cannot be reached now", domain=f"{service}.prm", since=samples.NOW)
        if type(request) in self.refuse:
            raise self.refuse[type(request)]
        found = answers.answer(request, vendor=self.vendor)
        assert isinstance(found, answer), (type(request), type(found))
        return found


class StageVisit:
    """A request of somebody signed in, as far as pages look at it."""

    def __init__(self, api: StageApi, language: str, theme: str) -> None:
        self.api, self.secret, self.seed = api, "stage", ""
        self.session: Session | None = replace(session(vendor=api.vendor, language=language, theme=theme), **api.who)
        self.door = self

    @property
    def clock(self) -> StageVisit:
        return self

    def now(self) -> Any:
        return samples.NOW

    def form_token(self) -> str:
        return "csrf-stage"


def session(*, vendor: bool, language: str = "en", theme: str = "system") -> Session:
    """Marta Keller, or Tomás Ferreira of the vendor."""
    me = samples.vendor().me if vendor else samples.partner().me
    return Session(
        id="ses_1",
        person_id=me.id,
        name=me.name,
        email=f"{me.id}@example.test",
        language=language,
        time_zone="Europe/Berlin",
        theme=theme,
        organization_id=me.organization_id,
        organization_name=me.organization,
        organization_types=frozenset({"vendor"} if vendor else {"reseller"}),
        kind=me.kind,
        roles=frozenset({"channel_manager"} if vendor else {"partner_admin"}),
        permissions=me.can,
        expire_time=samples.NOW + timedelta(days=3650),
    )


def staged(page: Callable[[Request], Awaitable[Response]], made: Callable[[Request], StageApi]) -> Callable[[Request], Awaitable[Response]]:
    """A handler with its visit, and the portal's own error page."""

    async def answered(request: Request) -> Response:
        language = request.query_params.get("language") or request.cookies.get("stage_language", "en")
        theme = request.query_params.get("theme") or request.cookies.get("stage_theme", "system")
        request.state.visit = StageVisit(made(request), language, theme)
        try:
            response = await page(request)
        except ApiError as error:
            response = await portal.error_page(request, error)
        response.headers["Content-Security-Policy"] = POLICY
        for name in ("as", "language", "theme", "down", "news"):
            if name in request.query_params:
                response.set_cookie(f"stage_{name}", request.query_params[name])
        return response

    return answered


def app(made: Callable[[Request], StageApi]) -> Starlette:
    """All pages on the stage."""
    listed = [*portal.routes, *portal.public_routes]
    pages = [Route(route.path, staged(route.endpoint, made), methods=sorted(route.methods or {"GET"})) for route in listed]
    return Starlette(routes=[Mount("/static", StaticFiles(directory=DIST)), Route("/live", news), *pages])


async def news(request: Request) -> Response:
    """One message a second after the page is there, when `?news=1` asked for it; then silence."""

    async def told() -> AsyncIterator[str]:
        yield "retry: 600000\n\n"
        if request.cookies.get("stage_news"):
            await asyncio.sleep(1)
            subject = {
                "subject": "registration/reg_4506",
                "text": "Reederei Petersen GmbH & Co. KG is protected",
                "link": "/deals/reg_4506",
            }
            yield f"event: notification\nid: 1\ndata: {json.dumps(subject)}\n\n"
        await asyncio.sleep(600)

    return StreamingResponse(told(), media_type="text/event-stream")


# Every page by a name: its path, whether the vendor looks at it, what is down.
PATHS: dict[str, tuple[str, bool, str]] = {
    "account": ("/account", False, ""),
    "ask-withdraw": ("/deals/reg_4499/withdraw", False, ""),
    "audit": ("/audit", True, ""),
    "audit-partly": ("/audit", True, "mdf"),
    "content": ("/content", False, ""),
    "deal": ("/deals/reg_4417", False, ""),
    "deal-asked": ("/deals/reg_4499", False, ""),
    "deal-draft": ("/deals/reg_4511", False, ""),
    "deal-gone": ("/deals/reg_4417", False, "deals"),
    "deal-review": ("/deals/reg_4506", False, ""),
    "deal-vendor": ("/deals/reg_4502", True, ""),
    "deals": ("/deals", False, ""),
    "deals-away": ("/deals", False, "deals"),
    "deals-none": ("/deals?q=nothing", False, ""),
    "deals-vendor": ("/deals", True, ""),
    "desk": ("/desk", True, ""),
    "desk-open": ("/desk?open=reg_4502", True, ""),
    "edit-answer": ("/deals/reg_4499/edit", False, ""),
    "edit-draft": ("/deals/reg_4511/edit", False, ""),
    "funds": ("/funds", False, ""),
    "funds-vendor": ("/funds", True, ""),
    "grant": ("/team/grants/new", False, ""),
    "grants": ("/team/grants", False, ""),
    "help": ("/help", False, ""),
    "home": ("/", False, ""),
    "home-partly": ("/", False, "training,mdf,content"),
    "invite": ("/team/invite", False, ""),
    "more": ("/more", False, ""),
    "more-vendor": ("/more", True, ""),
    "notifications": ("/notifications", False, ""),
    "notifications-away": ("/notifications", False, "notify"),
    "partners": ("/partners", True, ""),
    "person": ("/team/people/per_jonas", False, ""),
    "preferences": ("/notifications/preferences", False, ""),
    "register": ("/deals/new", False, ""),
    "roles": ("/team/roles", False, ""),
    "team": ("/team", False, ""),
    "team-vendor": ("/team", True, ""),
    "training": ("/training", False, ""),
    "why": ("/team/why", True, ""),
    "why-away": ("/team/why?person=per_marta&deed=registration.read&object=reg_4417", True, "deals"),
    "why-no": ("/team/why?person=per_marta&deed=registration.approve&object=reg_4502&role=channel_manager", True, ""),
    "why-yes": ("/team/why?person=per_marta&deed=registration.read&object=reg_4502&who=1", True, ""),
    "why-partner": ("/team/why?person=per_marta&deed=registration.read", False, ""),
}


def address(name: str) -> str:
    """The path of a page with what the stage needs to know."""
    path, vendor, down = PATHS[name]
    return f"{path}{'&' if '?' in path else '?'}as={'vendor' if vendor else 'partner'}&down={down}"


def by_cookie(request: Request) -> StageApi:
    """Who is here and what is down, from the address or the cookies it left."""
    vendor = (request.query_params.get("as") or request.cookies.get("stage_as", "")) == "vendor"
    down = request.query_params.get("down", request.cookies.get("stage_down", ""))
    return StageApi(vendor=vendor, down=frozenset(down.split(",")) - {""})


def main() -> None:
    """Serve the stage."""
    import uvicorn

    uvicorn.run(
        app(by_cookie), host="127.0.0.1", port=int(os.environ.get("PORT", "45002")), log_level="warning", timeout_graceful_shutdown=1
    )


if __name__ == "__main__":
    main()
