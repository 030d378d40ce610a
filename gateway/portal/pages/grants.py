"""Grants: rights on single objects until a day."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from prm.identity.v1 import people_pb2 as pb
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal import formats
from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.forms import Field, Form, form, new_request_id
from gateway.portal.pages.person import refusal
from gateway.portal.pages.team import PAGE, frame
from gateway.portal.present import labels
from gateway.portal.present import team as view
from gateway.portal.words import _, reader, reading
from gateway.views import Panels, permitted
from gateway.views.names import look_up

GRANTABLE = ("read", "update", "submit", "withdraw")


async def grants(request: Request) -> Response:
    """Rights on single objects."""
    page = open_page(request)
    panels = await page.panels(
        list=page.api.call(pb.ListGrantsRequest(page_size=PAGE, page_token=page.ask("page_token")[:400]), pb.ListGrantsResponse)
    )
    found = answer(permitted(panels["list"]))
    listed = list(found.grants) if found else []
    names = await look_up(page.api, [one.person_id for one in listed])
    with reading(page.reader):
        model = view.TeamPage(
            tab="grants",
            tabs=view.tabs("grants", page.session.permissions),
            grants=[view.grant_row(one, names) for one in listed],
            next=f"/team/grants?page_token={found.next_page_token}" if found and found.next_page_token else "",
            away=away(panels["list"], service_name("identity"), "/team/grants"),
            **frame(page),
        )
        return page.show("pages/team.html", panels, "team", {"page": model}, block="results")


async def grant_form(request: Request) -> Response:
    """The form of a grant."""
    page = open_page(request)
    panels = await page.panels(people=page.api.call(pb.ListPeopleRequest(page_size=200), pb.ListPeopleResponse))
    with reading(page.reader):
        return _grant(page, panels, _grant_fields(panels))


def _grant_fields(panels: Panels) -> Form:
    found = answer(panels["people"])
    listed = tuple((one.id, one.name or one.email) for one in found.people) if found else ()
    return form(
        Field("person", _("Person"), options=listed),
        Field("object", _("Deal, by its address or id")),
        Field("actions", _("May")),
        Field("until", _("Until and including")),
    )


def _grant(page: Page, panels: Panels, fields: Form, notice: str = "", status: int = 200) -> Response:
    actions = [(name, labels.grant_action(name)) for name in GRANTABLE]
    return page.show("pages/grant.html", panels, "team", {"page": view.GrantPage(fields, actions, notice)}, status=status)


async def grant(request: Request) -> Response:
    """Give a grant until the end of a day in the person's zone."""
    page, data = open_page(request), await request.form()
    values = {name: value.strip() for name, value in data.items() if isinstance(value, str)}
    actions = [one for one in data.getlist("actions") if one in GRANTABLE]
    values["object"] = values.get("object", "").rstrip("/").rsplit("/", 1)[-1]
    with reading(page.reader):
        end = _end(values.get("until", ""))
        errors = _grant_errors(values, actions, end)
    panels = await page.panels(people=page.api.call(pb.ListPeopleRequest(page_size=200), pb.ListPeopleResponse))
    with reading(page.reader):
        fields = _grant_fields(panels).filled(values, {"actions": [str(one) for one in actions]})
        if errors or end is None:
            return _grant(page, panels, fields.with_errors(errors), status=422)
    made = pb.Grant(
        person_id=values["person"],
        resource="registration",
        object_id=values["object"],
        actions=[str(one) for one in actions],
        expire_time=end,
    )
    try:
        await page.api.call(pb.CreateGrantRequest(grant=made, request_id=values.get("request_id") or new_request_id()), pb.Grant)
    except ApiError as error:
        with reading(page.reader):
            return _grant(page, panels, fields, refusal(error), error.status)
    return page.go("/team/grants", "granted")


def _end(text: str) -> Timestamp | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (a day; its zone is put in below)
    except ValueError:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(datetime.combine(day, time(23, 59, 59), reader().zone))
    return stamp


def _grant_errors(values: dict[str, str], actions: list[Any], end: Timestamp | None) -> dict[str, str]:
    found = {
        "person": (bool(values.get("person")), _("Choose who gets it")),
        "object": (values["object"].startswith("reg_"), _("Paste the deal’s address, for example /deals/reg_01J9…")),
        "actions": (bool(actions), _("Choose one right or more")),
        "until": (end is not None and formats.days_from_now(end.ToDatetime(reader().zone)) >= 0, _("Choose a day within the next year")),
    }
    return {name: text for name, (there, text) in found.items() if not there}


async def revoke(request: Request) -> Response:
    """End a grant now."""
    page, data = open_page(request), await request.form()
    message = pb.RevokeGrantRequest(
        id=request.path_params["id"], etag=str(data.get("etag", "")), request_id=str(data.get("request_id", "")) or new_request_id()
    )
    await page.api.call(message, pb.Grant)
    return page.go("/team/grants", "revoked")
