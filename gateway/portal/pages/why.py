"""Why may she, why not, who else can: one question in the address, answered by the service whose object it is."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any

from prm.decisions.v1 import decisions_pb2 as asks
from prm.identity.v1 import people_pb2 as pb
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.forms import Field, Form, form
from gateway.portal.present import labels
from gateway.portal.present import team as team_view
from gateway.portal.present import why as view
from gateway.portal.words import _, reading
from gateway.views import Panels, Refused, compose
from gateway.views.names import Names, look_up

SECONDS = 4.0
MOST = 200
DEED = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,40}")


async def why(request: Request) -> Response:
    """The form, and the answer where the question is complete."""
    page = open_page(request)
    asked = _query(page)
    calls: dict[str, Awaitable[Any]] = {"people": page.api.call(pb.ListPeopleRequest(page_size=MOST), pb.ListPeopleResponse)}
    if page.session.may("role.read"):  # a refusal would be recorded
        calls["roles"] = page.api.call(pb.ListRolesRequest(), pb.ListRolesResponse)
    panels = await page.panels(**calls)
    found = await _answers(page, asked) if asked.complete else {}
    held = answer(found["holders"]) if "holders" in found else None
    listed = list(held.holders) if held else []
    people, homes = [asked.person, *(one.person_id for one in listed)], [one.organization_id for one in listed]
    names = await look_up(page.api, people, homes)
    with reading(page.reader):
        model = _model(page, asked, panels, found, names)
        return page.show("pages/why.html", panels, "team", {"page": model})


def _query(page: Page) -> view.Query:
    own = page.session.person_id
    person = _plain(page.ask("person")) if page.session.may("decision.explain") else own
    named = _plain(page.ask("object").strip().rstrip("/").rsplit("/", 1)[-1])
    deed = page.ask("deed")
    return view.Query(person, deed if DEED.fullmatch(deed) else "", named, _plain(page.ask("role")), page.ask("who") == "1" and bool(named))


def _plain(value: str) -> str:
    return value if len(value) <= 64 and value.isascii() and value.replace("_", "").isalnum() else ""


async def _answers(page: Page, asked: view.Query) -> Panels:
    where: dict[str, Any] = {
        "service": view.HOSTS[asked.resource],
        "resource": asked.resource,
        "action": asked.action,
        "object_id": asked.object,
    }
    calls: dict[str, Awaitable[Any]] = {"answer": page.api.call(asks.ExplainRequest(person_id=asked.person, **where), asks.ExplainResponse)}
    if asked.who and page.session.may("decision.who_can"):
        calls["holders"] = page.api.call(asks.WhoCanRequest(page_token=page.ask("page_token")[:400], **where), asks.WhoCanResponse)
    if asked.role and page.session.may("decision.what_if"):
        calls["supposed"] = _supposed(page, asked, where)
    return await compose(SECONDS, **calls)


async def _supposed(page: Page, asked: view.Query, where: dict[str, Any]) -> asks.WhatIfResponse:
    person: pb.Person = await page.api.call(pb.GetPersonRequest(id=asked.person), pb.Person)
    roles = asks.Supposed.Names(values=sorted({*person.roles, asked.role}))
    request = asks.WhatIfRequest(person_id=asked.person, supposed=asks.Supposed(roles=roles), **where)
    return await page.api.call(request, asks.WhatIfResponse)


def _model(page: Page, asked: view.Query, panels: Panels, found: Panels, names: Names) -> view.WhyPage:
    roles, explained, held = answer(panels.get("roles")), answer(found.get("answer")), answer(found.get("holders"))
    may = page.session.may
    return view.WhyPage(
        title=_("Access") if page.at_vendor else _("Team and access"),
        tabs=team_view.tabs("why", page.session.permissions),
        form=_form(page, asked, panels, names),
        deeds=view.deeds(roles.roles if roles else (), page.session.permissions),
        deed=asked.deed,
        verdicts=_verdicts(asked, explained, answer(found.get("supposed")), names),
        holders=view.holders(held, names) if held else (),
        holders_asked=held is not None,
        others=asked.path() if explained and asked.object and not asked.who and may("decision.who_can") else "",
        next=asked.path(held.next_page_token) if held and held.next_page_token else "",
        notice=_notice(found.get("answer")),
        may_suppose=may("decision.what_if"),
        away=away(found.get("answer"), service_name(view.HOSTS.get(asked.resource, "")), page.request.url.path),
    )


def _form(page: Page, asked: view.Query, panels: Panels, names: Names) -> Form:
    people, roles = answer(panels["people"]), answer(panels.get("roles"))
    everybody = people.people if people and page.session.may("decision.explain") else ()
    known = {asked.person: names.person(asked.person)} if asked.person else {}
    return form(
        Field("person", _("Person"), asked.person, options=view.options(everybody, known)),
        Field("deed", _("Wants to"), asked.deed),
        Field("object", _("With"), asked.object),
        Field("role", _("Suppose also the role"), asked.role, options=_role_options(roles)),
    )


def _role_options(roles: pb.ListRolesResponse | None) -> tuple[tuple[str, str], ...]:
    return tuple((one.id, labels.role(one.id)) for one in roles.roles) if roles else ()


def _verdicts(asked: view.Query, explained: Any, supposed: Any, names: Names) -> list[view.Verdict]:
    name = names.person(asked.person)
    found = [view.verdict(explained.answer, name)] if explained else []
    return [*found, view.verdict(supposed.supposed, name, role=asked.role)] if supposed else found


def _notice(panel: Any) -> str:
    """Why there is no answer. Raises the ApiError of a question that this person may not ask at all."""
    if not isinstance(panel, Refused):
        return ""
    error: ApiError = panel.error
    if error.status == 404:
        return _("There is no such person or object, or you may not see it.")
    if error.status == 400:
        return _("Paste the object’s address or id, for example /deals/reg_01J9…")
    raise error
