"""The deals page, and one row of it after a live message."""

from __future__ import annotations

from typing import Any

from prm.deals.v1.programme_pb2 import GetProgrammeSettingsRequest, ProgrammeSettings
from prm.deals.v1.registrations_pb2 import (
    CountRegistrationsRequest,
    CountRegistrationsResponse,
    GetRegistrationRequest,
    ListRegistrationsRequest,
    ListRegistrationsResponse,
    Registration,
)
from prm.identity.v1.organizations_pb2 import ListOrganizationsRequest, ListOrganizationsResponse
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.environment import fragment
from gateway.portal.pages.home import catalogue_of
from gateway.portal.present import deals as view
from gateway.portal.present import desk as desk_view
from gateway.portal.present import rows
from gateway.portal.words import _, reading
from gateway.views import Panels, permitted
from gateway.views.names import look_up

PAGE = 50
COUNTED = ("", "answer", "drafts", "review", "protected")


async def deals(request: Request) -> Response:
    """The deals one may see, by view, filter and search; htmx gets the results alone."""
    page = open_page(request)
    asked = view.query(request.query_params)
    panels = await page.panels(**_calls(page, asked))
    found = answer(permitted(panels["deals"]))
    listed = list(found.registrations) if found else []
    names = await look_up(page.api, organizations=[deal.organization_id for deal in listed] if _shows_partner(page) else ())
    with reading(page.reader_of(panels)):
        known = catalogue_of(panels["settings"])
        counts = {view_name: _count(panels[f"count_{view_name}"]) for view_name in COUNTED}
        model = view.DealsPage(
            title=view.title(_answers(panels), at_vendor=page.at_vendor),
            tabs=view.tabs(asked, counts, at_vendor=page.at_vendor),
            rows=[rows.row(deal, names, known, at_vendor=page.at_vendor) for deal in listed],
            view=asked.view,
            q=asked.q,
            country=asked.country,
            partner=asked.partner,
            order=asked.order,
            countries=[("", _("all")), *view.countries()],
            partners=_partners(panels),
            show_partner=_shows_partner(page),
            may_register=page.session.may("registration.create") and not page.at_vendor,
            next=asked.path(page_token=found.next_page_token) if found and found.next_page_token else "",
            first_text=view.first_text(known.whole("registration.protection_days", 90)),
            away=away(panels["deals"], service_name("deals"), asked.path()),
        )
        return page.show("pages/deals.html", panels, "deals", {"page": model}, block="results")


def _calls(page: Page, asked: view.Query) -> dict[str, Any]:
    request = ListRegistrationsRequest(
        page_size=PAGE, page_token=asked.token, filter=asked.filter, order_by=view.ORDERS[asked.order], search=asked.q
    )
    calls: dict[str, Any] = {
        "deals": page.api.call(request, ListRegistrationsResponse),
        "settings": page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
    }
    for name in COUNTED:
        status = view.VIEWS[name]
        count = CountRegistrationsRequest(filter=f'status = "{status}"' if status else "")
        calls[f"count_{name}"] = page.api.call(count, CountRegistrationsResponse, deadline=2.0)
    if _shows_partner(page):
        calls["partners"] = page.api.call(ListOrganizationsRequest(page_size=200), ListOrganizationsResponse, deadline=2.0)
    return calls


def _shows_partner(page: Page) -> bool:
    """The vendor and a distributor see deals of several partners; everybody else only their own company's."""
    return page.at_vendor or "distributor" in page.session.organization_types


def _partners(panels: Panels) -> list[tuple[str, str]]:
    found = answer(panels.get("partners"))
    if found is None:
        return []
    named = sorted(((one.id, one.name) for one in found.organizations if "vendor" not in one.types), key=lambda pair: pair[1].casefold())
    return [("", _("all")), *named]


def _count(panel: Any) -> str:
    found = answer(panel)
    return view.count_text(found.count, found.more) if found else ""


def _answers(panels: Panels) -> int:
    found = answer(panels["count_answer"])
    return found.count if found else 0


async def deal_row(request: Request) -> Response:
    """One row, as the list that asks shows it."""
    page = open_page(request)
    deal = await page.api.call(GetRegistrationRequest(id=request.path_params["id"]), Registration)
    panels = await page.panels(settings=page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings))
    names = await look_up(page.api, organizations=[deal.organization_id])
    with reading(page.reader_of(panels)):
        made = rows.row(deal, names, catalogue_of(panels["settings"]), at_vendor=page.at_vendor)
        if page.ask("for") == "desk":
            return HTMLResponse(fragment("queue", "row", made, desk_view.DeskPage.bare()))
        return HTMLResponse(fragment("tables", "deal_row", made, _shows_partner(page)))
