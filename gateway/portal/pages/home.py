"""Where one lands: the partner's home, composed of five services; the vendor goes to the desk."""

from __future__ import annotations

from typing import Any

from prm.content.v1.documents_pb2 import ListDocumentsRequest, ListDocumentsResponse
from prm.deals.v1.programme_pb2 import GetProgrammeSettingsRequest, ProgrammeSettings
from prm.deals.v1.registrations_pb2 import (
    CountRegistrationsRequest,
    CountRegistrationsResponse,
    GetRegistrationRequest,
    ListRegistrationsRequest,
    ListRegistrationsResponse,
    Registration,
)
from prm.mdf.v1.budgets_pb2 import ListBudgetsRequest, ListBudgetsResponse
from prm.training.v1.courses_pb2 import ListCoursesRequest, ListCoursesResponse
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.api import Api
from gateway.portal import formats
from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.environment import fragment
from gateway.portal.present import deals as deals_view
from gateway.portal.present import home as view
from gateway.portal.present import rows
from gateway.portal.present.catalogue import Catalogue, catalogue
from gateway.portal.settings import settings
from gateway.portal.words import reading
from gateway.views import Panels
from gateway.views.names import look_up

SHOWN = 6


async def home(request: Request) -> Response:
    """What needs the person, what waits, how her deals stand."""
    page = open_page(request)
    if page.at_vendor:
        return RedirectResponse(page.shell({}, "").start, 303)
    panels = await page.panels(**_deal_calls(page.api), **_other_calls(page))
    listed = {
        name: list(found.registrations) if (found := answer(panels[name])) else [] for name in ("answers", "ending", "review", "newest")
    }
    everything = [deal for deals in listed.values() for deal in deals]
    names = await look_up(page.api, [person for deal in everything for person in (deal.decided_by, deal.decider_id)])
    with reading(page.reader_of(panels)):
        known = catalogue_of(panels["settings"])
        answers = listed["answers"] if page.session.may("registration.update") else []
        needs = view.needs([*answers, *listed["ending"]], names)
        found_rows = view.deal_rows(listed["ending"], listed["newest"], names, known, SHOWN)
        model = view.HomePage(
            today=formats.long_day(page.reader.now),
            title=view.title(needs),
            needs=needs,
            waiting=view.waiting(listed["review"], names),
            rows=found_rows,
            ending=view.ending(found_rows),
            total=_total(panels["total"]),
            vendor=settings().vendor_name,
            may_register=page.session.may("registration.create"),
            first_text=deals_view.first_text(known.whole("registration.protection_days", 90)),
            deals_away=away(panels["newest"], service_name("deals"), "/"),
            **_others(panels),
        )
        return page.show("pages/home.html", panels, "home", {"page": model})


def _deal_calls(api: Api) -> dict[str, Any]:
    def listed(status: str, order: str = "", size: int = 5) -> Any:
        wanted = f'status = "{status}"' if status else ""
        return api.call(ListRegistrationsRequest(filter=wanted, order_by=order, page_size=size), ListRegistrationsResponse)

    return {
        "answers": listed("ACTION_REQUIRED", "clock_due_time"),
        "ending": listed("APPROVED", "protected_until", SHOWN),
        "review": listed("IN_REVIEW", "clock_due_time"),
        "newest": listed("", size=SHOWN),
        "total": api.call(CountRegistrationsRequest(), CountRegistrationsResponse),
        "settings": api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
    }


def _other_calls(page: Page) -> dict[str, Any]:
    """Panels of other services, each only for whom it concerns."""
    calls = {
        "funds": ("budget.read", ListBudgetsRequest(filter='status = "ACTIVE"', page_size=3), ListBudgetsResponse),
        "courses": ("course.read", ListCoursesRequest(page_size=10), ListCoursesResponse),
        "news": ("document.read", ListDocumentsRequest(page_size=10), ListDocumentsResponse),
    }
    return {name: page.api.call(ask, kind, deadline=2.0) for name, (right, ask, kind) in calls.items() if page.session.may(right)}


def _others(panels: Panels) -> dict[str, Any]:
    funds, courses, news = (answer(panels.get(name)) for name in ("funds", "courses", "news"))
    return {
        "funds": [view.fund(one) for one in funds.budgets] if funds else None,
        "funds_away": away(panels.get("funds"), service_name("mdf"), "/"),
        "courses": view.courses(courses.courses) if courses else None,
        "courses_away": away(panels.get("courses"), service_name("training"), "/"),
        "news": view.news(news.documents) if news else None,
        "news_away": away(panels.get("news"), service_name("content"), "/"),
    }


def _total(panel: Any) -> str:
    found = answer(panel)
    return deals_view.count_text(found.count, found.more) if found else ""


def catalogue_of(panel: Any) -> Catalogue:
    """The programme's words, or none where settings could not be had."""
    found = answer(panel)
    return catalogue(found.settings) if found else Catalogue()


async def home_row(request: Request) -> Response:
    """A waiting item after a live message: what it became."""
    page = open_page(request)
    deal = await page.api.call(GetRegistrationRequest(id=request.path_params["id"]), Registration)
    panels = await page.panels(settings=page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings))
    names = await look_up(page.api, [deal.decided_by or deal.decider_id])
    with reading(page.reader_of(panels)):
        made = rows.row(deal, names, Catalogue(), at_vendor=page.at_vendor)
        return HTMLResponse(fragment("lists", "changed", made))
