"""Inviting somebody."""

from __future__ import annotations

from prm.identity.v1 import people_pb2 as pb
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal.context import Page, answer, open_page
from gateway.portal.forms import Field, Form, form, new_request_id
from gateway.portal.pages.person import refusal
from gateway.portal.pages.team import partner_calls, partners, plain
from gateway.portal.present import team as view
from gateway.portal.words import LANGUAGES, _, reader, reading


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
    panels = await page.panels(roles=page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse), **partner_calls(page))
    found = answer(panels["roles"])
    with reading(page.reader):
        kinds = ("vendor", "partner") if page.at_vendor else ("partner",)
        listed = [one for kind in kinds for one in view.givable(page.session.roles, found.roles if found else (), kind)]
        model = view.InvitePage(fields, listed, partners(page, panels)[1:], notice)
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
        organization_id=plain(values.get("organization", "")),
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
