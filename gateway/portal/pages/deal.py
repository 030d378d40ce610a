"""One deal: its page, and what can be done with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from prm.deals.v1.programme_pb2 import GetProgrammeSettingsRequest, ProgrammeSettings
from prm.deals.v1.registrations_pb2 import (
    ApproveRegistrationRequest,
    ConflictReport,
    DiscardRegistrationRequest,
    DiscardRegistrationResponse,
    GetConflictReportRequest,
    GetRegistrationRequest,
    Registration,
    RejectRegistrationRequest,
    RetractDecisionRequest,
    SendBackRegistrationRequest,
    WithdrawRegistrationRequest,
)
from prm.events.v1.events_pb2 import ListEventsRequest, ListEventsResponse
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import Api
from gateway.errors import ApiError
from gateway.portal.context import Page, answer, away, open_page
from gateway.portal.forms import Form, new_request_id
from gateway.portal.pages.home import catalogue_of
from gateway.portal.present import actions, conflicts, decision, labels, timeline
from gateway.portal.present import deal as view
from gateway.portal.words import _, reading
from gateway.sessions.guard import safe_path
from gateway.views import Panels, need
from gateway.views.names import look_up

EVENTS = 200
STALE = "ETAG_MISMATCH"


async def deal(request: Request) -> Response:
    """The page of a deal."""
    page = open_page(request)
    panels = await page.panels(**deal_calls(page.api, request.path_params["id"]))
    model = await deal_model(page, panels)
    with reading(page.reader):
        return page.show("pages/deal.html", panels, "deals", {"page": model, "back": ""})


def deal_calls(api: Api, deal_id: str) -> dict[str, Awaitable[Any]]:
    """Everything a deal's page and panel show, asked for at once."""
    log = ListEventsRequest(service="deals", subject=f"registration/{deal_id}", page_size=EVENTS)
    return {
        "deal": api.call(GetRegistrationRequest(id=deal_id), Registration),
        "report": api.call(GetConflictReportRequest(id=deal_id), ConflictReport, deadline=2.5),
        "events": api.call(log, ListEventsResponse, deadline=2.5),
        "settings": api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
    }


async def deal_model(page: Page, panels: Panels) -> view.DealPage:
    """The view model with its panels. Raises the ApiError of the deal itself; every other panel may be missing."""
    found: Registration = need(panels["deal"])
    report, log = answer(panels["report"]), answer(panels["events"])
    events = list(log.events) if log else []
    people, organizations = _ids(found, report, events)
    names = await look_up(page.api, people, organizations)
    with reading(page.reader_of(panels)):
        known = catalogue_of(panels["settings"])
        model = view.deal_page(found, names, known, at_vendor=page.at_vendor)
        story = timeline.story(events, timeline.Teller(names, known, found.decision_text))
        return replace(
            model,
            story=story,
            story_away=away(panels["events"], _("The timeline is not reachable."), model.path),
            check=conflicts.hint(report, names, known) if report and report.checks else None,
            decision=decision.decision(found, model.partner, known),
        )


def _ids(found: Registration, report: ConflictReport | None, events: Iterable[Any]) -> tuple[list[str], list[str]]:
    people = [found.owner_id, found.decider_id, found.decided_by, found.submitted_by]
    for event in events:
        people.append(event.actor)
        people += [str(value) for key, value in event.data.items() if key.endswith(("_by", "decider_id")) and isinstance(value, str)]
    others = [match.other_organization_id for match in report.matches] if report else []
    return people, [found.organization_id, *others]


async def decide(request: Request) -> Response:
    """Approve, send back or reject. Back to where one was, or on with the next item of the queue."""
    page, data, deal_id = open_page(request), await request.form(), request.path_params["id"]
    values = {name: value for name, value in data.items() if isinstance(value, str)}
    opened = [one for one in data.getlist("fields") if isinstance(one, str)]
    with reading(page.reader):
        wrong = decision.wrong(values.get("decision", ""), values.get("text", "").strip(), values.get("rule", ""))
    if wrong or values.get("decision") not in decision.CHOICES:
        return await _again(page, deal_id, values, opened, wrong)
    try:
        decided = await send_decision(
            page.api, deal_id, values, opened, values.get("etag", ""), values.get("request_id") or new_request_id()
        )
    except ApiError as error:
        if error.status in (401, 404):
            raise
        return await _again(page, deal_id, values, opened, {}, error)
    back = values.get("back", "")
    done = {"approve": "approved", "send_back": "sent_back", "reject": "rejected"}[values["decision"]]
    return page.go(back if safe_path(back) else f"/deals/{deal_id}", done, decided)


async def send_decision(api: Api, deal_id: str, values: Mapping[str, str], fields: list[str], etag: str, request_id: str) -> Registration:
    """One decision about one deal. Errors: ApiError as deals refused it."""
    text = values.get("text", "").replace("\r\n", "\n").strip()
    requests: dict[str, Callable[[], Any]] = {
        "approve": lambda: ApproveRegistrationRequest(id=deal_id, text=text, etag=etag, request_id=request_id),
        "send_back": lambda: SendBackRegistrationRequest(id=deal_id, text=text, fields=fields, etag=etag, request_id=request_id),
        "reject": lambda: RejectRegistrationRequest(id=deal_id, rule=values.get("rule", ""), text=text, etag=etag, request_id=request_id),
    }
    return await api.call(requests[values["decision"]](), Registration)


async def _again(
    page: Page, deal_id: str, values: Mapping[str, str], opened: list[str], wrong: dict[str, str], error: ApiError | None = None
) -> Response:
    """The form once more with what was typed; a refusal says what, why and who can."""
    panels = await page.panels(**deal_calls(page.api, deal_id))
    model = await deal_model(page, panels)
    with reading(page.reader):
        notice = refusal_text(error) if error else ""
        form = _refilled(model, values, opened, wrong)
        if form is None:
            told = replace(model, notice=notice or _("Somebody decided this meanwhile. Nothing was changed."))
            return page.show("pages/deal.html", panels, "deals", {"page": told, "back": ""}, status=409)
        model = replace(model, decision=replace(form, choice=values.get("decision", ""), notice=notice))
        status = error.status if error else 422
        return page.show("pages/deal.html", panels, "deals", {"page": model, "back": values.get("back", "")}, block="decide", status=status)


def _refilled(model: view.DealPage, values: Mapping[str, str], opened: list[str], wrong: dict[str, str]) -> decision.Decision | None:
    if model.decision is None:
        return None
    filled = model.decision.form.filled({"text": values.get("text", ""), "rule": values.get("rule", "")}, {"fields": opened}).with_errors(
        wrong
    )
    return replace(model.decision, form=Form(filled.fields, etag=model.etag))


def refusal_text(error: ApiError) -> str:
    """A refused decision in words: what, why, and the way on."""
    words = {
        STALE: _("Somebody changed this deal meanwhile. Look again and decide; your text is kept."),
        "REGISTRATION_CONFLICT": _(
            "Another registration holds protection for this customer. Reject this one, or ask the partner what differs."
        ),
        "SEPARATION_OF_DUTIES": _("You submitted this deal, so another person has to decide. Nothing was changed."),
        "DECISION_FINAL": _("The time to undo is over, or the other side has acted. Nothing was changed."),
    }
    if error.away:
        return _("Deals are not reachable now. Your text is kept; try again in a minute.")
    return words.get(error.reason) or labels.refusal(error.reason, error.detail)


async def retract(request: Request) -> Response:
    """Undo one's own decision."""
    page, deal_id = open_page(request), request.path_params["id"]
    etag, request_id = await _guards(request)
    await page.api.call(RetractDecisionRequest(id=deal_id, etag=etag, request_id=request_id), Registration)
    data = await request.form()
    back = str(data.get("back", ""))
    return page.go(back if safe_path(back) else f"/deals/{deal_id}", "retracted")


async def _guards(request: Request) -> tuple[str, str]:
    data = await request.form()
    return str(data.get("etag", "")), str(data.get("request_id", "")) or new_request_id()


async def confirm(request: Request) -> Response:
    """Withdrawing and throwing away cannot be undone, so they are asked once more: what is lost, and who is told."""
    page, kind = open_page(request), request.url.path.rsplit("/", 1)[1]
    panels = await page.panels(deal=page.api.call(GetRegistrationRequest(id=request.path_params["id"]), Registration))
    found = need(panels["deal"])
    with reading(page.reader):
        return page.show("pages/confirm.html", panels, "deals", {"page": actions.confirm(found, kind)})


async def withdraw(request: Request) -> Response:
    """Take the registration back."""
    page, deal_id = open_page(request), request.path_params["id"]
    etag, request_id = await _guards(request)
    text = str((await request.form()).get("text", "")).strip()
    await page.api.call(WithdrawRegistrationRequest(id=deal_id, text=text, etag=etag, request_id=request_id), Registration)
    return page.go(f"/deals/{deal_id}", "withdrawn")


async def discard(request: Request) -> Response:
    """Throw a draft away."""
    page, deal_id = open_page(request), request.path_params["id"]
    etag, request_id = await _guards(request)
    await page.api.call(DiscardRegistrationRequest(id=deal_id, etag=etag, request_id=request_id), DiscardRegistrationResponse)
    return page.go("/deals", "discarded")
