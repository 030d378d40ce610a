"""The partners one may see."""

from __future__ import annotations

from prm.identity.v1.organizations_pb2 import ListOrganizationsRequest, ListOrganizationsResponse
from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.context import answer, away, open_page, service_name
from gateway.portal.present import partners as view
from gateway.portal.words import _, reading
from gateway.views import permitted
from gateway.views.names import look_up

PAGE = 50


async def partners(request: Request) -> Response:
    """Partners of the vendor; of a distributor her resellers. Neither the vendor nor one's own organisation is among them."""
    page = open_page(request)
    q = page.ask("q").strip()[:200]
    ask = ListOrganizationsRequest(page_size=PAGE, page_token=page.ask("page_token")[:400], search=q)
    panels = await page.panels(list=page.api.call(ask, ListOrganizationsResponse))
    found = answer(permitted(panels["list"]))
    own = page.session.organization_id
    listed = [one for one in found.organizations if one.id != own and "vendor" not in one.types] if found else []
    names = await look_up(page.api, [one.channel_manager_id for one in listed])
    with reading(page.reader):
        parents = {one.id: one.name for one in listed}
        model = view.PartnersPage(
            title=_("Partners") if page.at_vendor else _("Resellers"),
            rows=[view.partner_row(one, names, parents) for one in listed],
            q=q,
            next=f"/partners?page_token={found.next_page_token}" if found and found.next_page_token else "",
            show_deals=page.session.may("registration.read"),
            show_people=page.session.may("person.read"),
            away=away(panels["list"], service_name("identity"), "/partners"),
        )
        return page.show("pages/partners.html", panels, "partners", {"page": model}, block="results")
