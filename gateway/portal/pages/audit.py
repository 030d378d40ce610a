"""The audit log: six chains read in parallel and merged; those that cannot be reached are named."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import replace

from prm.audit.v1.audit_pb2 import AuditRecord, ListAuditRecordsRequest, ListAuditRecordsResponse, VerifyAuditRequest, VerifyAuditResponse
from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.context import Page, answer, open_page
from gateway.portal.present import audit as view
from gateway.portal.words import reading
from gateway.views import Panels, Refused, need
from gateway.views.names import look_up

LOOKED_AT = 1000  # records of each chain that opening the page checks; the button checks a hundred times as many
CHECKED = 100_000


async def audit(request: Request) -> Response:
    """The newest records of all chains, and whether the chains hold."""
    page = open_page(request)
    with reading(page.reader):
        asked = view.query(request.query_params)
        panels = await page.panels(**_calls(page, asked, LOOKED_AT, 2.5))
    return await _show(page, panels, asked)


async def verify(request: Request) -> Response:
    """The same page after a longer check."""
    page = open_page(request)
    with reading(page.reader):
        asked = view.query(request.query_params)
        panels = await page.panels(**_calls(page, asked, CHECKED, 4.0))
    return await _show(page, panels, asked)


def _calls(page: Page, asked: view.Query, last: int, seconds: float) -> dict[str, Awaitable[object]]:
    listed = [asked.service] if asked.service else view.SERVICES
    records: dict[str, Awaitable[object]] = {
        f"list_{name}": page.api.call(
            ListAuditRecordsRequest(service=name, page_size=view.PAGE, filter=asked.filter()), ListAuditRecordsResponse
        )
        for name in listed
    }
    checks: dict[str, Awaitable[object]] = {
        f"head_{name}": page.api.call(VerifyAuditRequest(service=name, last=last), VerifyAuditResponse, deadline=seconds)
        for name in view.SERVICES
    }
    return {**records, **checks}


async def _show(page: Page, panels: Panels, asked: view.Query) -> Response:
    lists = {name.removeprefix("list_"): panel for name, panel in panels.items() if name.startswith("list_")}
    if all(isinstance(panel, Refused) for panel in lists.values()):
        need(next(iter(lists.values())))
    records = _records(lists.values())
    names = await look_up(page.api, [person for one in records for person in (one.actor, one.on_behalf_of)])
    with reading(page.reader):
        entries = view.merged(records, names)
        heads = [view.head(name, answer(panels[f"head_{name}"])) for name in view.SERVICES]
        verdict, tone = view.verdict(heads)
        last = min((_stamp(one) for one in records[: view.PAGE]), default="") if len(records) > view.PAGE else ""
        model = view.AuditPage(
            entries=entries,
            heads=heads,
            asked=replace(asked, before=""),
            next=asked.path(before=last) if last else "",
            verdict=verdict,
            verdict_tone=tone,
            missing=[name for name, panel in lists.items() if answer(panel) is None],
        )
        return page.show("pages/audit.html", panels, "audit", {"page": model}, block="results")


def _records(lists: Iterable[object]) -> list[AuditRecord]:
    found = [one for panel in lists if (part := answer(panel)) is not None for one in part.records]
    return sorted(found, key=lambda one: (one.time.seconds, one.time.nanos, one.position), reverse=True)


def _stamp(one: AuditRecord) -> str:
    return str(one.time.ToJsonString())
