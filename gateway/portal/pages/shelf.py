"""Funds, training and content: lists, and the way to a document's file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prm.content.v1.documents_pb2 import DownloadDocumentRequest, DownloadDocumentResponse, ListDocumentsRequest, ListDocumentsResponse
from prm.mdf.v1.budgets_pb2 import ListBudgetsRequest, ListBudgetsResponse
from prm.training.v1.courses_pb2 import ListCoursesRequest, ListCoursesResponse
from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.forms import new_request_id
from gateway.portal.present import shelf as view
from gateway.portal.words import _, reading
from gateway.views import Panels, permitted
from gateway.views.names import look_up

PAGE = 50
PUBLISHED = 'status = "PUBLISHED"'


async def funds(request: Request) -> Response:
    """The budgets one may see."""
    page = open_page(request)
    ask = ListBudgetsRequest(page_size=PAGE, page_token=page.ask("page_token")[:400])
    panels = await page.panels(list=page.api.call(ask, ListBudgetsResponse))
    found = _found(panels)
    listed = list(found.budgets) if found else []
    names = await look_up(page.api, organizations=[one.organization_id for one in listed])
    many = page.at_vendor or len({one.organization_id for one in listed}) > 1
    return _show(page, panels, "funds", "mdf", lambda: [view.fund_row(one, names) for one in listed], show_partner=many)


async def training(request: Request) -> Response:
    """The courses on offer."""
    page = open_page(request)
    ask = ListCoursesRequest(page_size=PAGE, page_token=page.ask("page_token")[:400], filter=PUBLISHED)
    panels = await page.panels(list=page.api.call(ask, ListCoursesResponse))
    found = _found(panels)
    return _show(page, panels, "training", "training", lambda: [view.course_row(one) for one in (found.courses if found else ())])


async def content(request: Request) -> Response:
    """What the vendor published."""
    page = open_page(request)
    q = page.ask("q").strip()[:200]
    ask = ListDocumentsRequest(page_size=PAGE, page_token=page.ask("page_token")[:400], filter=PUBLISHED, search=q)
    panels = await page.panels(list=page.api.call(ask, ListDocumentsResponse))
    found = _found(panels)
    return _show(page, panels, "content", "content", lambda: [view.document_row(one) for one in (found.documents if found else ())], q=q)


def _found(panels: Panels) -> Any:
    """The list, None while its service is away. Raises where it was refused."""
    return answer(permitted(panels["list"]))


def _show(page: Page, panels: Panels, at: str, service: str, rows: Callable[[], Sequence[Any]], **more: Any) -> Response:
    with reading(page.reader):
        titles = {"funds": _("Funds"), "training": _("Training"), "content": _("Content")}
        empty = {
            "funds": _("No budget yet. The vendor opens one for a period; then you see here what is free."),
            "training": _("No course yet. Courses appear here when the vendor publishes them."),
            "content": _("No document yet. Price lists, data sheets and slides appear here when they are published."),
        }
        found = answer(panels["list"])
        token = found.next_page_token if found else ""
        model = view.ShelfPage(
            title=titles[at],
            rows=rows(),
            empty=empty[at],
            next=f"/{at}?page_token={token}" if token else "",
            away=away(panels["list"], service_name(service), f"/{at}"),
            **more,
        )
        return page.show(f"pages/{at}.html", panels, at, {"page": model}, block="results")


async def download(request: Request) -> Response:
    """To the file: asked for by a form, since it is recorded who downloaded what."""
    page, data = open_page(request), await request.form()
    message = DownloadDocumentRequest(id=request.path_params["id"], request_id=str(data.get("request_id", "")) or new_request_id())
    found = await page.api.call(message, DownloadDocumentResponse)
    panels = await page.panels()
    response = page.show("pages/download.html", panels, "content", {"page": found})
    # Not a redirect: a form may not lead to another site, which is what the store is. The page's own link may.
    response.headers["Refresh"] = f"0; url={found.url}"
    return response
