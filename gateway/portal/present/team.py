"""Team and access: people with their roles and reach, what each role allows, grants on single objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from prm.identity.v1.people_pb2 import Grant, Person, Role

from gateway.portal import formats
from gateway.portal.forms import Form, new_request_id
from gateway.portal.models import Away, Tab
from gateway.portal.present import labels
from gateway.portal.present.marks import Mark
from gateway.portal.words import _, ngettext, reader
from gateway.views.names import Names

QUIET_DAYS = 60  # somebody who was not here for so long is worth a look


@dataclass(frozen=True, slots=True)
class Member:
    """A person in the list."""

    id: str
    name: str
    email: str
    roles: str
    reach: str
    last: str
    note: str
    mark: Mark | None
    organization: str

    @property
    def path(self) -> str:
        return f"/team/people/{self.id}"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and what it allows, resource by resource."""

    id: str
    name: str
    kind: str
    allows: Sequence[tuple[str, str]]
    gives: str


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A right on one object until a time."""

    id: str
    person: str
    what: str
    path: str
    until: str
    left: str
    tone: str
    etag: str
    ended: bool
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One of the three tabs."""

    tab: str
    tabs: Sequence[Tab]
    people: Sequence[Member] = ()
    roles: Sequence[RoleRow] = ()
    grants: Sequence[GrantRow] = ()
    q: str = ""
    partner: str = ""
    partners: Sequence[tuple[str, str]] = ()
    next: str = ""
    may_invite: bool = False
    may_grant: bool = False
    show_organization: bool = False
    title: str = ""
    text: str = ""
    away: Away | None = None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: her roles to change, her access to close or open."""

    id: str
    name: str
    email: str
    organization: str
    mark: Mark | None
    facts: Sequence[tuple[str, str]]
    roles: Sequence[tuple[str, str, bool, bool]]
    etag: str
    may_roles: bool
    may_close: bool
    may_open: bool
    may_resend: bool
    notice: str = ""
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class InvitePage:
    """The form of an invitation."""

    form: Form
    roles: Sequence[tuple[str, str]]
    partners: Sequence[tuple[str, str]] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class GrantPage:
    """The form of a grant on one object."""

    form: Form
    actions: Sequence[tuple[str, str]]
    notice: str = ""


def member(person: Person, names: Names) -> Member:
    """The row of a person."""
    last = formats.moment(person.last_sign_in_time)
    return Member(
        id=person.id,
        name=person.name or person.email,
        email=person.email,
        roles=formats.listing([labels.role(code) for code in person.roles]) or _("no role"),
        reach=reach(person),
        last=_last(person, last),
        note=_quiet(last),
        mark=state(person.state),
        organization=names.organization(person.organization_id),
    )


def _last(person: Person, last: datetime | None) -> str:
    if person.state == Person.INVITED:
        return _("invited %(day)s", day=formats.day(formats.moment(person.create_time)))
    return formats.ago(last) if last else _("never")


def _quiet(last: datetime | None) -> str:
    days = -formats.days_from_now(last) if last else 0
    return ngettext("%(count)s day ago", "%(count)s days ago", days) if days > QUIET_DAYS else ""


def state(value: Person.State.ValueType) -> Mark | None:
    """A word for everybody who is not simply active."""
    words = {Person.INVITED: Mark("mail", _("Invited"), "soon"), Person.DEACTIVATED: Mark("lock", _("Access closed"), "bad")}
    return words.get(value)


def reach(person: Person) -> str:
    """What the roles reach over, in a few words."""
    if person.assigned_organization_ids:
        count = len(person.assigned_organization_ids)
        return ngettext("%(count)s assigned partner", "%(count)s assigned partners", count)
    words = {
        "partner_admin": _("whole company"),
        "distributor_admin": _("whole company and its resellers"),
        "partner_sales": _("own deals"),
        "partner_marketing": _("funds and content"),
    }
    found = [words[code] for code in person.roles if code in words]
    return formats.listing(found[:2])


def role_row(role: Role) -> RoleRow:
    """A role with its permissions grouped by resource."""
    grouped: dict[str, list[str]] = {}
    for one in role.permissions:
        grouped.setdefault(one.resource, []).append(f"{one.action} ({'/'.join(one.scopes)})" if one.scopes else one.action)
    allows = [(labels.resource(name), ", ".join(actions)) for name, actions in sorted(grouped.items())]
    kinds = {"vendor": _("vendor"), "partner": _("partner"), "system": _("system")}
    gives = formats.listing([labels.role(code) for code in role.grantable_roles])
    return RoleRow(role.id, labels.role(role.id), kinds.get(role.kind, role.kind), allows, gives)


def grant_row(grant: Grant, names: Names) -> GrantRow:
    """A grant with the time it has left."""
    end, revoked = formats.moment(grant.expire_time), formats.moment(grant.revoke_time)
    ended = revoked is not None or (end is not None and end <= reader().now)
    days = formats.days_from_now(end) if end else 0
    actions = formats.listing([labels.grant_action(name) for name in grant.actions])
    what = _("%(actions)s: %(object)s", actions=actions, object=formats.short_id(grant.object_id))
    left = _("ended") if ended else ngettext("%(count)s day left", "%(count)s days left", max(days, 0))
    path = f"/deals/{grant.object_id}" if grant.resource == "registration" else ""
    tone = "" if ended or days > 14 else "soon"
    return GrantRow(grant.id, names.person(grant.person_id), what, path, formats.day(revoked or end), left, tone, grant.etag, ended)


def givable(mine: Iterable[str], roles: Iterable[Role], kind: str) -> list[tuple[str, str]]:
    """The roles that holders of mine may give to people of this kind of organisation."""
    known = {role.id: role for role in roles}
    allowed = {code for own in mine if own in known for code in known[own].grantable_roles}
    return [(code, labels.role(code)) for code in sorted(allowed) if code in known and known[code].kind == kind]


def person_roles(person: Person, roles: Iterable[Role], mine: Iterable[str], kind: str) -> list[tuple[str, str, bool, bool]]:
    """Code, name, held, changeable: what she has and what one may give her."""
    can_give = dict(givable(mine, list(roles), kind))
    codes = sorted({*person.roles, *can_give})
    return [(code, labels.role(code), code in person.roles, code in can_give) for code in codes]


def facts(person: Person) -> list[tuple[str, str]]:
    """What is known of her beside her name."""
    found = [
        (_("E-mail"), person.email),
        (_("Language"), labels.language(person.language)),
        (_("Time zone"), person.time_zone),
        (_("Last here"), _last(person, formats.moment(person.last_sign_in_time))),
        (_("Reach"), reach(person)),
    ]
    return [(label, value) for label, value in found if value]


def tabs(here: str, can: AbstractSet[str]) -> list[Tab]:
    """What one may read; asking for another would be refused, and the refusal recorded."""
    listed = (
        ("people", "person.read", _("People"), "/team"),
        ("roles", "role.read", _("Roles"), "/team/roles"),
        ("grants", "grant.read", _("Single grants"), "/team/grants"),
        ("why", "decision.explain", _("Why?"), "/team/why"),
    )
    return [Tab(name, path, here=key == here) for key, right, name, path in listed if right in can or key == here]
