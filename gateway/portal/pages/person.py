"""One person: her roles, her access, her invitation once more."""

from __future__ import annotations

from typing import Any

from prm.identity.v1 import people_pb2 as pb
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal.context import Page, answer, open_page
from gateway.portal.forms import new_request_id
from gateway.portal.present import labels
from gateway.portal.present import team as view
from gateway.portal.words import _, reading
from gateway.views import need
from gateway.views.names import Names, look_up


async def person(request: Request) -> Response:
    """One person."""
    return await _person(open_page(request), request.path_params["id"])


async def _person(page: Page, person_id: str, notice: str = "", status: int = 200) -> Response:
    calls: dict[str, Any] = {"person": page.api.call(pb.GetPersonRequest(id=person_id), pb.Person)}
    if page.session.may("role.read"):
        calls["roles"] = page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse)
    panels = await page.panels(**calls)
    found: pb.Person = need(panels["person"])
    names = await look_up(page.api, organizations=[found.organization_id])
    with reading(page.reader):
        model = _person_model(page, found, answer(panels.get("roles")), names, notice)
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
    return words.get(error.reason) or labels.refusal(error.reason, error.detail)
