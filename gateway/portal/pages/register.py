"""Registering a deal: the form, its draft, its hint, and sending it. One address saves: the button says how far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from prm.deals.v1.programme_pb2 import GetProgrammeSettingsRequest, ProgrammeSettings
from prm.deals.v1.registrations_pb2 import (
    ConflictReport,
    CountRegistrationsRequest,
    CountRegistrationsResponse,
    CreateRegistrationRequest,
    GetConflictReportRequest,
    GetRegistrationRequest,
    PreviewConflictsRequest,
    Registration,
    SubmitRegistrationRequest,
    UpdateRegistrationRequest,
)
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.errors import ApiError
from gateway.portal.context import Page, answer, open_page
from gateway.portal.forms import Form, new_request_id
from gateway.portal.pages.home import catalogue_of
from gateway.portal.present import conflicts, labels, register
from gateway.portal.present.catalogue import Catalogue, Family
from gateway.portal.words import _, reading
from gateway.views import Panels, compose, need
from gateway.views.names import Names, look_up

STALE = "ETAG_MISMATCH"


async def new(request: Request) -> Response:
    """An empty form."""
    page = open_page(request)
    panels = await page.panels(**_side_calls(page))
    with reading(page.reader_of(panels)):
        return _show(page, panels, register.fields())


async def edit(request: Request) -> Response:
    """A draft to go on with, or the form of an answer with only the flagged fields open."""
    page, deal_id = open_page(request), request.path_params["id"]
    check = page.api.call(GetConflictReportRequest(id=deal_id), ConflictReport, deadline=2.0)
    panels = await page.panels(deal=page.api.call(GetRegistrationRequest(id=deal_id), Registration), check=check, **_side_calls(page))
    deal = need(panels["deal"])
    if deal.status not in (Registration.DRAFT, Registration.ACTION_REQUIRED):
        return RedirectResponse(f"/deals/{deal_id}", 303)
    names = await look_up(page.api, [deal.decider_id])
    with reading(page.reader_of(panels)):
        return _show(page, panels, register.from_deal(deal), deal=deal, names=names)


def _side_calls(page: Page) -> dict[str, Any]:
    wanted = CountRegistrationsRequest(filter=f'owner_id = "{page.session.person_id}" AND status = "IN_REVIEW"')
    return {
        "settings": page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
        "open": page.api.call(wanted, CountRegistrationsResponse, deadline=2.0),
    }


def _show(page: Page, panels: Panels, form: Form, *, deal: Registration | None = None, names: Names | None = None, **more: Any) -> Response:
    known = catalogue_of(panels["settings"])
    status = more.pop("status", 200)
    model = _model(form, known, panels, deal, names or Names())
    return page.show("pages/register.html", panels, "deals", {"page": replace(model, **more)}, block="form", status=status)


def _model(form: Form, known: Catalogue, panels: Panels, deal: Registration | None, names: Names) -> register.RegisterPage:
    answering = deal is not None and deal.status == Registration.ACTION_REQUIRED
    report = answer(panels.get("check"))
    open_limit, counted = known.whole("registration.open_limit", 0), answer(panels["open"])
    return register.RegisterPage(
        form=form,
        families=known.families or _own_codes(deal, form),
        id=deal.id if deal else "",
        number=deal.number if deal else "",
        answering=deal.decision_text if deal and answering else "",
        open_fields=register.open_fields(deal),
        hint=conflicts.hint(report, names, known) if report and report.checks else None,
        decider=names.person(deal.decider_id) if deal and deal.decider_id else "",
        decision_hours=known.whole("registration.decision_hours", 48),
        protection_days=known.whole("registration.protection_days", 90),
        mandatory=known.mandatory,
        open_now=str(counted.count) if counted else "",
        open_limit=open_limit if counted else 0,
    )


def _own_codes(deal: Registration | None, form: Form) -> list[Family]:
    """Without the programme's catalogue at least what the deal has already."""
    codes = list(deal.product_families) if deal else list(form.fields["product_families"].values)
    return [Family(code, code) for code in codes]


async def save(request: Request) -> Response:
    """Keep the draft, or send it. `do` is submit, keep, check or autosave."""
    page, data = open_page(request), await request.form()
    values, families = _typed(data)
    do = values.get("do", "keep")
    with reading(page.reader):
        typed, errors = register.read(values, families)
    if do == "autosave" and not typed.customer.name:
        return Response(status_code=204)
    errors = await _errors(page, typed, values, errors)
    if errors and do != "autosave":
        return await _again(page, values, families, errors)
    try:
        return await _stored(page, typed, values, do)
    except ApiError as error:
        return await _refused(page, values, families, error)


async def _errors(page: Page, typed: Registration, values: Mapping[str, str], errors: dict[str, str]) -> dict[str, str]:
    """What is wrong with the fields that may be changed. Locked ones are not sent by the browser, so they cannot be missing."""
    if values.get("do") == "submit":
        panels = await compose(3.0, settings=page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings))
        with reading(page.reader):
            errors = register.missing(typed, catalogue_of(panels["settings"])) | errors
    elif not typed.customer.name:
        with reading(page.reader):
            errors = {"customer.name": register.wrong("customer.name"), **errors}
    allowed = _open(values)
    return {name: text for name, text in errors.items() if name in allowed}


def _open(values: Mapping[str, str]) -> list[str]:
    """The paths that the form says may be changed; the service decides anew. All of a new draft."""
    return [path for path in values.get("open", "").split(",") if path in register.PATHS] or list(register.PATHS)


def _typed(data: FormData) -> tuple[dict[str, str], list[str]]:
    values = {name: value for name, value in data.items() if isinstance(value, str)}
    return values, [one for one in data.getlist("product_families") if isinstance(one, str)]


async def _stored(page: Page, typed: Registration, values: Mapping[str, str], do: str) -> Response:
    deal = await _keep(page, typed, values)
    if do == "submit":
        request = SubmitRegistrationRequest(id=deal.id, etag=deal.etag, request_id=f"{values.get('request_id') or new_request_id()}-s")
        deal = await page.api.call(request, Registration)
        return page.go(f"/deals/{deal.id}", "submitted")
    if do == "autosave":
        return await _autosaved(page, deal)
    if do == "check":
        return page.go(f"/deals/{deal.id}/edit")
    return page.go(f"/deals/{deal.id}", "saved")


async def _keep(page: Page, typed: Registration, values: Mapping[str, str]) -> Registration:
    request_id = (values.get("request_id") or new_request_id()) + ("-a" if values.get("do") == "autosave" else "")
    if not values.get("id"):
        return await page.api.call(CreateRegistrationRequest(registration=typed, request_id=request_id), Registration)
    typed.id = values["id"]
    mask = FieldMask(paths=_open(values))
    update = UpdateRegistrationRequest(registration=typed, update_mask=mask, etag=values.get("etag", ""), request_id=request_id)
    return await page.api.call(update, Registration)


async def _autosaved(page: Page, deal: Registration) -> Response:
    with reading(page.reader):
        form = Form(register.from_deal(deal).fields, etag=deal.etag)
        model = register.RegisterPage(form, [], id=deal.id, number=deal.number, saved=page.reader.now)
        response = page.show("pages/register.html", {}, "deals", {"page": model}, block="saved")
    response.headers["HX-Replace-Url"] = f"/deals/{deal.id}/edit"
    return response


async def _refused(page: Page, values: Mapping[str, str], families: list[str], error: ApiError) -> Response:
    """What the service says about fields goes to the fields; the rest stands above the form. Nothing typed is lost."""
    if error.status in (401, 403, 404):
        raise error
    with reading(page.reader):
        errors = {register.place(one.field): register.wrong(register.place(one.field)) or one.description for one in error.fields}
        notice = "" if errors else _("Somebody changed this meanwhile. What you typed is kept below; nothing was sent.")
        notice = notice if errors or error.reason == STALE else _kept(error)
    return await _again(page, values, families, errors, notice=notice, status=422 if errors else error.status)


def _kept(error: ApiError) -> str:
    if error.away:
        return _("Deals are not reachable now. What you typed is kept below; try again in a minute.")
    return labels.refusal(error.reason, error.detail)


async def _again(
    page: Page, values: Mapping[str, str], families: list[str], errors: dict[str, str], *, notice: str = "", status: int = 422
) -> Response:
    calls = _side_calls(page)
    if values.get("id"):
        calls["deal"] = page.api.call(GetRegistrationRequest(id=values["id"]), Registration)
    panels = await page.panels(**calls)
    deal = answer(panels.get("deal"))
    with reading(page.reader_of(panels)):
        form = register.fields().filled(values, {"product_families": families}).with_errors(errors)
        form = Form(form.fields, etag=deal.etag if deal and notice else values.get("etag", ""))
        return _show(page, panels, form, deal=deal, notice=notice, status=status)


async def check(request: Request) -> Response:
    """The hint while typing; nothing is stored."""
    page, data = open_page(request), await request.form()
    values, families = _typed(data)
    with reading(page.reader):
        typed, _errors = register.read(values, families)
    hint = None
    if typed.customer.name and (typed.customer.domain or typed.customer.country):
        panels = await page.panels(
            report=page.api.call(PreviewConflictsRequest(registration=typed), ConflictReport, deadline=3.0),
            settings=page.api.call(GetProgrammeSettingsRequest(), ProgrammeSettings),
        )
        report = answer(panels["report"])
        with reading(page.reader_of(panels)):
            hint = conflicts.hint(report, Names(), catalogue_of(panels["settings"])) if report else None
    with reading(page.reader):
        model = register.RegisterPage(register.fields(), [], hint=hint)
        return page.show("pages/register.html", {}, "deals", {"page": model}, block="checked")
