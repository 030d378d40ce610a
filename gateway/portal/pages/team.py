"""Team and access: who is here, and what each role allows; what its other pages share."""

from __future__ import annotations

from typing import Any

from prm.identity.v1 import people_pb2 as pb
from prm.identity.v1.organizations_pb2 import ListOrganizationsRequest, ListOrganizationsResponse
from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.present import team as view
from gateway.portal.words import _, reading
from gateway.views import Panels, permitted
from gateway.views.names import look_up

PAGE = 50


async def people(request: Request) -> Response:
    """The people one may see."""
    page = open_page(request)
    q, partner = page.ask("q").strip()[:200], plain(page.ask("partner"))
    wanted = f'organization_id = "{partner}"' if partner else ""
    ask = pb.ListPeopleRequest(page_size=PAGE, page_token=page.ask("page_token")[:400], filter=wanted, search=q)
    panels = await page.panels(list=page.api.call(ask, pb.ListPeopleResponse), **partner_calls(page))
    found = answer(permitted(panels["list"]))
    listed = list(found.people) if found else []
    names = await look_up(page.api, organizations=[one.organization_id for one in listed] if many(page) else ())
    with reading(page.reader):
        model = view.TeamPage(
            tab="people",
            tabs=view.tabs("people", page.session.permissions),
            people=[view.member(one, names) for one in listed],
            q=q,
            partner=partner,
            partners=partners(page, panels),
            next=f"/team?page_token={found.next_page_token}" if found and found.next_page_token else "",
            show_organization=many(page),
            away=away(panels["list"], service_name("identity"), "/team"),
            **frame(page),
        )
        return page.show("pages/team.html", panels, "team", {"page": model}, block="results")


async def roles(request: Request) -> Response:
    """What each role allows."""
    page = open_page(request)
    panels = await page.panels(list=page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse))
    found = answer(permitted(panels["list"]))
    with reading(page.reader):
        kinds = ("partner",) if not page.at_vendor else ("vendor", "partner", "system")
        rows = [view.role_row(one) for kind in kinds for one in (found.roles if found else ()) if one.kind == kind]
        missing = away(panels["list"], service_name("identity"), "/team/roles")
        model = view.TeamPage(tab="roles", tabs=view.tabs("roles", page.session.permissions), roles=rows, away=missing, **frame(page))
        return page.show("pages/team.html", panels, "team", {"page": model}, block="results")


def plain(value: str) -> str:
    return value if len(value) <= 64 and value.isascii() and value.replace("_", "").isalnum() else ""


def many(page: Page) -> bool:
    return page.at_vendor or "distributor" in page.session.organization_types


def partner_calls(page: Page) -> dict[str, Any]:
    return (
        {"partners": page.api.call(ListOrganizationsRequest(page_size=200), ListOrganizationsResponse, deadline=2.0)} if many(page) else {}
    )


def partners(page: Page, panels: Panels) -> list[tuple[str, str]]:
    """The organisations one may choose from, by name; to a partner the vendor is none of them."""
    found = answer(panels.get("partners"))
    if found is None:
        return []
    listed = [one for one in found.organizations if page.at_vendor or "vendor" not in one.types]
    return [("", _("all")), *sorted(((one.id, one.name) for one in listed), key=lambda pair: pair[1].casefold())]


def frame(page: Page) -> dict[str, Any]:
    organization = page.session.organization_name
    own = _("Who works for %(name)s here, and what each person may do.", name=organization)
    text = _("Who works here, and what each person may do.") if page.at_vendor else own
    may = page.session.may
    title = _("Access") if page.at_vendor else _("Team and access")
    return {"title": title, "text": text, "may_invite": may("person.invite"), "may_grant": may("grant.create")}
