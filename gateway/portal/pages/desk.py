"""The desk: the queue, the panel beside it, and decisions about several deals at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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
from starlette.responses import RedirectResponse, Response

from gateway.errors import ApiError
from gateway.portal import formats
from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.forms import new_request_id
from gateway.portal.pages.deal import deal_calls, deal_model, refusal_text, send_decision
from gateway.portal.pages.home import catalogue_of
from gateway.portal.present import deals as deals_view
from gateway.portal.present import decision
from gateway.portal.present import desk as view
from gateway.portal.words import _, ngettext, reading
from gateway.views import Panels, Unavailable, compose, permitted
from gateway.views.names import look_up

QUEUE = 100
MOST_AT_ONCE = 50


async def desk(request: Request) -> Response:
    """The queue in the order in which it runs out; with `open` the panel of one deal."""
    page = open_page(request)
    if not (page.at_vendor and page.session.may("registration.read")):
        return RedirectResponse("/", 303)
    asked = view.query(request.query_params)
    return await _desk(page, asked if _decides(page) else replace(asked, view="team"))


def _decides(page: Page) -> bool:
    """Whether deals can ever wait for her; an auditor has no queue of her own."""
    return page.session.may("registration.approve")


async def _desk(page: Page, asked: view.Query, status: int = 200, **more: Any) -> Response:
    opened = deal_calls(page.api, asked.open) if asked.open else {}
    panels = await page.panels(**_queue_calls(page, asked), **{f"open_{name}": call for name, call in opened.items()})
    permitted(panels["review"])
    listed = _listed(panels)
    names = await look_up(page.api, organizations=[deal.organization_id for deal in listed])
    panel = await _panel(page, panels) if asked.open else None
    with reading(page.reader_of(panels)):
        known = catalogue_of(panels["settings"])
        groups = view.groups(listed, names, known)
        before, after = view.neighbours(groups, asked)
        model = view.DeskPage(
            title=view.title(groups),
            updated=formats.clock_time(page.reader.now),
            tabs=view.tabs(asked, _counts(panels)) if _decides(page) else (),
            groups=groups,
            asked=asked if panel else replace(asked, open=""),
            partners=_partners(panels),
            countries=[("", _("all")), *deals_view.countries()],
            panel=panel,
            previous=before,
            next=after,
            away=away(panels["review"], service_name("deals"), asked.path()),
        )
        return page.show("pages/desk.html", panels, "desk", {"page": replace(model, **more)}, block="desk", status=status)


def _queue_calls(page: Page, asked: view.Query) -> dict[str, Any]:
    me = page.session.person_id

    def listed(status: str) -> Any:
        request = ListRegistrationsRequest(filter=asked.filter(status, me), order_by="clock_due_time", page_size=QUEUE)
        return page.api.call(request, ListRegistrationsResponse)

    def counted(view_name: str) -> Any:
        wanted = view.Query(view_name).filter("IN_REVIEW", me)
        return page.api.call(CountRegistrationsRequest(filter=wanted), CountRegistrationsResponse, deadline=2.0)

    return {
        "review": listed("IN_REVIEW"),
        "asked": listed("ACTION_REQUIRED"),
        **{f"count_{name}": counted(name) for name in view.VIEWS},
        "settings": page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
        "partners": page.api.call(ListOrganizationsRequest(page_size=200), ListOrganizationsResponse, deadline=2.0),
    }


def _listed(panels: Panels) -> list[Registration]:
    return [deal for name in ("review", "asked") if (part := answer(panels[name])) for deal in part.registrations]


def _counts(panels: Panels) -> dict[str, str]:
    found = {name: answer(panels[f"count_{name}"]) for name in view.VIEWS}
    return {name: deals_view.count_text(one.count, one.more) for name, one in found.items() if one}


def _partners(panels: Panels) -> list[tuple[str, str]]:
    found = answer(panels["partners"])
    named = (
        sorted(((one.id, one.name) for one in found.organizations if "vendor" not in one.types), key=lambda pair: pair[1].casefold())
        if found
        else []
    )
    return [("", _("all")), *named]


async def _panel(page: Page, panels: Panels) -> Any:
    """The open deal, or none where it cannot be had: the queue stays."""
    own = {name.removeprefix("open_"): panel for name, panel in panels.items() if name.startswith("open_")}
    return await deal_model(page, own) if answer(own["deal"]) else None


async def decide_many(request: Request) -> Response:
    """Several deals: approving needs no words and happens at once, the others open a form for them first."""
    page, data = open_page(request), await request.form()
    ids = [one for one in data.getlist("id") if isinstance(one, str)][:MOST_AT_ONCE]
    values = {name: value for name, value in data.items() if isinstance(value, str)}
    asked = _back(values.get("back", ""))
    choice = values.get("decision", "")
    if not ids or choice not in decision.CHOICES:
        return page.go(asked.path())
    fields = [one for one in data.getlist("fields") if isinstance(one, str)]
    with reading(page.reader):
        wrong = decision.wrong(choice, values.get("text", "").strip(), values.get("rule", ""))
    if wrong:
        return await _ask_words(page, asked, ids, values, fields, wrong if "text" in values else {})
    outcomes = await _decide_all(page, ids, values, fields)
    with reading(page.reader):
        return await _desk(page, asked, outcomes=outcomes, summary=_summary(outcomes))


def _back(path: str) -> view.Query:
    parts = urlsplit(path)
    return view.query(dict(parse_qsl(parts.query))) if parts.path == "/desk" else view.Query()


async def _ask_words(
    page: Page, asked: view.Query, ids: list[str], values: Mapping[str, str], fields: list[str], wrong: dict[str, str]
) -> Response:
    """The same form as for one deal, carrying the ids along."""
    panels = await compose(
        3.0,
        first=page.api.call(GetRegistrationRequest(id=ids[0]), Registration),
        settings=page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
    )
    first = answer(panels["first"])
    with reading(page.reader):
        made = decision.decision(first, _("the partners"), catalogue_of(panels["settings"]), prefix="b") if first else None
    if made is None:
        return page.go(asked.path())
    filled = made.form.filled({"text": values.get("text", ""), "rule": values.get("rule", "")}, {"fields": fields}).with_errors(wrong)
    picked = [(one, values.get(f"etag-{one}", "")) for one in ids]
    form = replace(made, form=replace(filled, etag=""), choice=values["decision"])
    return await _desk(page, replace(asked, open=""), status=422 if wrong else 200, bulk=form, picked=picked)


async def _decide_all(page: Page, ids: list[str], values: Mapping[str, str], fields: list[str]) -> dict[str, view.Outcome]:
    """One after the other, so that every row has its own result and one refusal stops nothing."""
    attempt = values.get("request_id") or new_request_id()
    outcomes: dict[str, view.Outcome] = {}
    settings = page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings)
    told = page.reader_of(await compose(3.0, settings=settings))
    for one in ids:
        etag = values.get(f"etag-{one}", "")
        panel = await compose(5.0, done=send_decision(page.api, one, values, fields, etag, f"{attempt}-{one[-12:]}"))
        with reading(told):
            outcomes[one] = _outcome(panel["done"])
    return outcomes


def _outcome(panel: Any) -> view.Outcome:
    if isinstance(panel, Registration):
        end = formats.last_moment(panel.protected_until)
        if panel.status == Registration.APPROVED:
            return view.Outcome("check", "ok", _("Approved until %(day)s", day=formats.day(end, year=True)))
        return view.Outcome("check", "ok", _("Rejected") if panel.status == Registration.REJECTED else _("Sent back"))
    error: ApiError = panel.error
    short = {"ETAG_MISMATCH": _("Changed by somebody else; look again"), "REGISTRATION_CONFLICT": _("Another one holds protection")}
    text = _("Not reachable; try again") if isinstance(panel, Unavailable) else short.get(error.reason, refusal_text(error))
    return view.Outcome("warning" if isinstance(panel, Unavailable) else "rejected", "bad", text)


def _summary(outcomes: Mapping[str, view.Outcome]) -> str:
    done = sum(1 for one in outcomes.values() if one.tone == "ok")
    left = len(outcomes) - done
    first = ngettext("%(count)s decided.", "%(count)s decided.", done)
    second = ngettext("%(count)s not changed.", "%(count)s not changed.", left) if left else ""
    return " ".join(
        part for part in (first, second, _("Every row says what became of it. Partners are told after the time to undo.")) if part
    )
