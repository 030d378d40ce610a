"""Team and access: three lists, one person, inviting, granting."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from prm.identity.v1 import people_pb2 as pb
from prm.identity.v1.organizations_pb2 import ListOrganizationsRequest, ListOrganizationsResponse
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal import formats
from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.forms import Field, Form, form, new_request_id
from gateway.portal.present import labels
from gateway.portal.present import team as view
from gateway.portal.words import LANGUAGES, _, reader, reading
from gateway.views import Panels, need
from gateway.views.names import Names, look_up

PAGE = 50
GRANTABLE = ("read", "update", "submit", "withdraw")


async def people(request: Request) -> Response:
    """The people one may see."""
    page = open_page(request)
    q, partner = page.ask("q").strip()[:200], _plain(page.ask("partner"))
    wanted = f'organization_id = "{partner}"' if partner else ""
    ask = pb.ListPeopleRequest(page_size=PAGE, page_token=page.ask("page_token")[:400], filter=wanted, search=q)
    panels = await page.panels(list=page.api.call(ask, pb.ListPeopleResponse), **_partner_calls(page))
    found = answer(panels["list"])
    listed = list(found.people) if found else []
    names = await look_up(page.api, organizations=[one.organization_id for one in listed] if _many(page) else ())
    with reading(page.reader):
        model = view.TeamPage(
            tab="people",
            tabs=view.tabs("people", "", "", ""),
            people=[view.member(one, names) for one in listed],
            q=q,
            partner=partner,
            partners=partners(panels),
            next=f"/team?page_token={found.next_page_token}" if found and found.next_page_token else "",
            show_organization=_many(page),
            away=away(panels["list"], service_name("identity"), "/team"),
            **_frame(page),
        )
        return page.show("pages/team.html", panels, "team", {"page": model}, block="results")


def _plain(value: str) -> str:
    return value if len(value) <= 64 and value.isascii() and value.replace("_", "").isalnum() else ""


def _many(page: Page) -> bool:
    return page.at_vendor or "distributor" in page.session.organization_types


def _partner_calls(page: Page) -> dict[str, Any]:
    return (
        {"partners": page.api.call(ListOrganizationsRequest(page_size=200), ListOrganizationsResponse, deadline=2.0)} if _many(page) else {}
    )


def partners(panels: Panels) -> list[tuple[str, str]]:
    """The organisations one may choose from, by name."""
    found = answer(panels.get("partners"))
    if found is None:
        return []
    return [("", _("all")), *sorted(((one.id, one.name) for one in found.organizations), key=lambda pair: pair[1].casefold())]


def _frame(page: Page) -> dict[str, Any]:
    organization = page.session.organization_name
    own = _("Who works for %(name)s here, and what each person may do.", name=organization)
    text = _("Who works here, and what each person may do.") if page.at_vendor else own
    may = page.session.may
    title = _("Access") if page.at_vendor else _("Team and access")
    return {"title": title, "text": text, "may_invite": may("person.invite"), "may_grant": may("grant.create")}


async def roles(request: Request) -> Response:
    """What each role allows."""
    page = open_page(request)
    panels = await page.panels(list=page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse))
    found = answer(panels["list"])
    with reading(page.reader):
        kinds = ("partner",) if not page.at_vendor else ("vendor", "partner", "system")
        rows = [view.role_row(one) for kind in kinds for one in (found.roles if found else ()) if one.kind == kind]
        missing = away(panels["list"], service_name("identity"), "/team/roles")
        model = view.TeamPage(tab="roles", tabs=view.tabs("roles", "", "", ""), roles=rows, away=missing, **_frame(page))
        return page.show("pages/team.html", panels, "team", {"page": model}, block="results")


async def grants(request: Request) -> Response:
    """Rights on single objects."""
    page = open_page(request)
    panels = await page.panels(
        list=page.api.call(pb.ListGrantsRequest(page_size=PAGE, page_token=page.ask("page_token")[:400]), pb.ListGrantsResponse)
    )
    found = answer(panels["list"])
    listed = list(found.grants) if found else []
    names = await look_up(page.api, [one.person_id for one in listed])
    with reading(page.reader):
        model = view.TeamPage(
            tab="grants",
            tabs=view.tabs("grants", "", "", ""),
            grants=[view.grant_row(one, names) for one in listed],
            next=f"/team/grants?page_token={found.next_page_token}" if found and found.next_page_token else "",
            away=away(panels["list"], service_name("identity"), "/team/grants"),
            **_frame(page),
        )
        return page.show("pages/team.html", panels, "team", {"page": model}, block="results")


async def person(request: Request) -> Response:
    """One person."""
    return await _person(open_page(request), request.path_params["id"])


async def _person(page: Page, person_id: str, notice: str = "", status: int = 200) -> Response:
    panels = await page.panels(
        person=page.api.call(pb.GetPersonRequest(id=person_id), pb.Person), roles=page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse)
    )
    found: pb.Person = need(panels["person"])
    names = await look_up(page.api, organizations=[found.organization_id])
    with reading(page.reader):
        model = _person_model(page, found, answer(panels["roles"]), names, notice)
        return page.show("pages/person.html", panels, "team", {"page": model}, status=status)


def _person_model(page: Page, found: pb.Person, roles: pb.ListRolesResponse | None, names: Names, notice: str) -> view.PersonPage:
    kind = "vendor" if page.at_vendor and found.organization_id == page.session.organization_id else "partner"
    may, herself = page.session.may, found.id == page.session.person_id
    listed = view.person_roles(found, roles.roles if roles else (), page.session.roles, kind)
    closable = may("person.deactivate") and not herself
    return view.PersonPage(
        id=found.id,
        name=found.name or found.email,
        email=found.email,
        organization=names.organization(found.organization_id),
        mark=view.state(found.state),
        facts=view.facts(found),
        roles=listed,
        etag=found.etag,
        may_roles=may("person.set_roles") and any(changeable for *_rest, changeable in listed),
        may_close=closable and found.state == pb.Person.ACTIVE,
        may_open=closable and found.state == pb.Person.DEACTIVATED,
        may_resend=may("person.invite") and found.state == pb.Person.INVITED,
        notice=notice,
    )


async def change_person(request: Request) -> Response:
    """Give roles, close or open access, send the invitation again: the button says which."""
    page, data, person_id = open_page(request), await request.form(), request.path_params["id"]
    etag, request_id = str(data.get("etag", "")), str(data.get("request_id", "")) or new_request_id()
    given = [one for one in data.getlist("roles") if isinstance(one, str)]
    changes: dict[str, tuple[Any, str]] = {
        "roles": (pb.SetRolesRequest(id=person_id, roles=given, etag=etag, request_id=request_id), "roles"),
        "close": (pb.DeactivatePersonRequest(id=person_id, etag=etag, request_id=request_id), "deactivated"),
        "open": (pb.ReactivatePersonRequest(id=person_id, etag=etag, request_id=request_id), "reactivated"),
        "resend": (pb.ResendInvitationRequest(id=person_id, request_id=request_id), "invited"),
    }
    message, notice = changes.get(str(data.get("do", "")), (None, ""))
    if message is None:
        return page.go(f"/team/people/{person_id}")
    try:
        await page.api.call(message, pb.Person)
    except ApiError as error:
        if error.status in (401, 404):
            raise
        with reading(page.reader):
            text = refusal(error)
        return await _person(page, person_id, text, error.status)
    return page.go(f"/team/people/{person_id}", notice)


def refusal(error: ApiError) -> str:
    """Why something about a person was not done."""
    words = {
        "ROLE_ABOVE_CEILING": _("You can give only roles that your own role may give. Nothing was changed."),
        "TOXIC_ROLES": _("Nobody may hold these roles together, because one checks the other. Choose one of them."),
        "GRANT_ABOVE_CEILING": _("You can give only rights that you have yourself. Nothing was changed."),
        "PASSWORD_WRONG": _("The password you use now was not this one. Nothing was changed."),
        "LAST_ADMINISTRATOR": _("Somebody has to administer this organisation. Give another person the role first."),
        "EMAIL_TAKEN": _("Somebody with this e-mail address is here already."),
        "EMAIL_DOMAIN_FOREIGN": _("The e-mail address has to belong to one of the organisation’s own domains."),
        "ETAG_MISMATCH": _("Somebody changed this person meanwhile. Look at it again, then repeat."),
    }
    if error.away:
        return _("People and access are not reachable now. Nothing was changed; try again in a minute.")
    return words.get(error.reason, error.detail)


async def invite_form(request: Request) -> Response:
    """The form of an invitation."""
    page = open_page(request)
    with reading(page.reader):
        fields = _invite_fields()
    return await _invite(page, fields)


def _invite_fields() -> Form:
    return form(
        Field("email", _("Work e-mail")),
        Field("name", _("Name")),
        Field("language", _("Language of the invitation"), reader().language, options=tuple(LANGUAGES.items())),
        Field("organization", _("Organisation")),
        Field("roles", _("Roles")),
    )


async def _invite(page: Page, fields: Form, notice: str = "", status: int = 200) -> Response:
    panels = await page.panels(roles=page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse), **_partner_calls(page))
    found = answer(panels["roles"])
    with reading(page.reader):
        kinds = ("vendor", "partner") if page.at_vendor else ("partner",)
        listed = [one for kind in kinds for one in view.givable(page.session.roles, found.roles if found else (), kind)]
        model = view.InvitePage(fields, listed, partners(panels)[1:], notice)
        return page.show("pages/invite.html", panels, "team", {"page": model}, status=status)


async def invite(request: Request) -> Response:
    """Send an invitation."""
    page, data = open_page(request), await request.form()
    values = {name: value.strip() for name, value in data.items() if isinstance(value, str)}
    given = [one for one in data.getlist("roles") if isinstance(one, str)]
    with reading(page.reader):
        fields = _invite_fields().filled(values, {"roles": given})
        errors = _invite_errors(values, given)
    if errors:
        return await _invite(page, fields.with_errors(errors), status=422)
    message = pb.InvitePersonRequest(
        organization_id=_plain(values.get("organization", "")),
        email=values["email"],
        name=values["name"],
        roles=given,
        language=values.get("language", ""),
        request_id=values.get("request_id") or new_request_id(),
    )
    try:
        await page.api.call(message, pb.Person)
    except ApiError as error:
        with reading(page.reader):
            wrong = {one.field: _invite_words(one.field) for one in error.fields if one.field in fields.fields}
            text = "" if wrong else refusal(error)
        return await _invite(page, fields.with_errors(wrong), text, 422 if wrong else error.status)
    return page.go("/team", "invited")


def _invite_errors(values: dict[str, str], given: list[str]) -> dict[str, str]:
    missing = {"email": "@" in values.get("email", ""), "name": bool(values.get("name")), "roles": bool(given)}
    return {name: _invite_words(name) for name, there in missing.items() if not there}


def _invite_words(name: str) -> str:
    words = {
        "email": _("Enter the person’s work e-mail, for example k.meier@nordkai.example"),
        "name": _("Enter the person’s name, for example Kim Meier"),
        "roles": _("Choose one role or more"),
        "language": _("Choose a language"),
    }
    return words.get(name, _("Check this answer"))


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
