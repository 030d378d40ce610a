"""Why somebody may or may not: the policy's answer in words, with its rule and facts in their own names beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from prm.decisions.v1.decisions_pb2 import Answer, Condition, Way, WhoCanResponse
from prm.identity.v1.people_pb2 import Person, Role

from gateway.portal import formats
from gateway.portal.forms import Form
from gateway.portal.models import Away, Tab
from gateway.portal.present import labels
from gateway.portal.words import _
from gateway.views.names import Names

# Whom to ask about what; other resources have no page of their own.
HOSTS = {
    "registration": "deals",
    "reserved_account": "deals",
    "programme_setting": "deals",
    "budget": "mdf",
    "document": "content",
    "course": "training",
    "person": "identity",
    "organization": "identity",
    "role": "identity",
    "group": "identity",
    "grant": "identity",
    "service_account": "identity",
    "session": "identity",
    "delivery": "notify",
}


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks: `deed` is `resource.action`, `role` one that is supposed, `who` asks for everybody else too."""

    person: str = ""
    deed: str = ""
    object: str = ""
    role: str = ""
    who: bool = False

    @property
    def resource(self) -> str:
        return self.deed.partition(".")[0]

    @property
    def action(self) -> str:
        return self.deed.partition(".")[2]

    @property
    def complete(self) -> bool:
        return bool(self.person and self.action and self.resource in HOSTS)

    def path(self, token: str = "") -> str:
        """The same question together with who else can."""
        asked = {"person": self.person, "deed": self.deed, "object": self.object, "who": "1", "page_token": token}
        return f"/team/why?{urlencode({name: value for name, value in asked.items() if value})}#others"


@dataclass(frozen=True, slots=True)
class Point:
    """One line of an answer; `code` is the rule's own wording."""

    icon: str
    tone: str
    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no."""

    icon: str
    tone: str
    title: str
    text: str
    points: Sequence[Point]
    rule: str
    policy: str


@dataclass(frozen=True, slots=True)
class WhyPage:
    """The question and its answers."""

    title: str
    tabs: Sequence[Tab]
    form: Form
    deeds: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    deed: str
    verdicts: Sequence[Verdict] = ()
    holders: Sequence[tuple[str, str, str]] = ()
    holders_asked: bool = False
    others: str = ""
    next: str = ""
    notice: str = ""
    may_suppose: bool = False
    away: Away | None = None


def deed(resource: str, action: str) -> str:
    """What somebody wants to do, verb first."""
    words = {
        "activate": _("Activate"),
        "close": _("Close"),
        "create": _("Create"),
        "delete": _("Delete"),
        "download": _("Download"),
        "invite": _("Invite"),
        "publish": _("Publish"),
        "read": _("See"),
        "set_roles": _("Change roles"),
    }
    if resource != "registration" and action == "update":
        return _("Change")
    return words.get(action) or labels.action(action)


def deeds(roles: Iterable[Role], also: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything that roles allow, by resource; `also` is what one may do oneself, where roles cannot be read."""
    known = {f"{one.resource}.{one.action}" for role in roles for one in role.permissions} | set(also)
    grouped: dict[str, list[str]] = {}
    for name in sorted(known):
        resource, _dot, action = name.partition(".")
        if resource in HOSTS:
            grouped.setdefault(resource, []).append(action)
    order = [resource for resource in HOSTS if resource in grouped]
    return [(labels.resource(one), [(f"{one}.{action}", deed(one, action)) for action in _first(grouped[one])]) for one in order]


def _first(actions: Sequence[str]) -> list[str]:
    return sorted(actions, key=lambda action: (action != "read", action))


def verdict(found: Answer, name: str, *, role: str = "") -> Verdict:
    """The answer about somebody of this name; `role` is one that she does not have but might."""
    title = _("Yes, %(person)s may do this.", person=name) if found.allowed else _("No, %(person)s may not do this.", person=name)
    if role:
        words = {"person": name, "role": labels.role(role)}
        title = (
            _("With the role %(role)s %(person)s could.", **words) if found.allowed else _("The role %(role)s changes nothing.", **words)
        )
    text = f"{labels.resource(found.resource)} · {deed(found.resource, found.action)}"
    points = [*(_yes(found) if found.allowed else _no(found)), *_besides(found)]
    if not found.object_id:
        points.append(Point("info", "", _("No object was named: this says whether it is possible at all.")))
    icon, tone = ("won", "ok") if found.allowed else ("refused", "bad")
    return Verdict(icon, tone, title, text, points, found.rule, found.policy_revision[:12])


def _yes(found: Answer) -> list[Point]:
    way = found.ways[0]
    granted = [_role_point(found, way)] if way.roles else []
    scoped = [one for one in way.conditions if one.reason == "OUT_OF_SCOPE"]
    others = [one for one in way.conditions if one.reason != "OUT_OF_SCOPE"]
    reach = Point("check", "ok", scope(way.scope), ", ".join(map(_code, scoped)))
    return [*granted, reach, *(Point("check", "ok", _met(one.reason), _code(one)) for one in others if one.holds)]


def _role_point(found: Answer, way: Way) -> Point:
    roles = formats.listing([labels.role(code) for code in way.roles])
    return Point("check", "ok", _("Role: %(roles)s", roles=roles), f"{found.resource}.{found.action} · {way.scope}")


def _no(found: Answer) -> list[Point]:
    points = [Point("close", "bad", reason(found.reason), found.reason)]
    missing = next((one for way in found.ways for one in way.conditions if _code(one) == found.missing), None)
    points.append(Point("info", "", _("What would change it"), found.missing))
    if missing is not None and missing.actual:
        points.append(Point("info", "", _("What it has now"), f"{missing.column} = {missing.actual}"))
    if found.allowing_roles:
        roles = formats.listing([labels.role(code) for code in found.allowing_roles])
        points.append(Point("users", "", _("Roles that allow it: %(roles)s", roles=roles)))
    return points


def _besides(found: Answer) -> list[Point]:
    points = []
    if found.object_id and not found.visible:
        points.append(Point("lock", "", _("This person cannot even see it: it looks as if it were not there.")))
    if found.hidden_fields and found.visible:
        fields = formats.listing(labels.field_names(found.hidden_fields))
        points.append(Point("lock", "", _("Hidden from this person: %(fields)s", fields=fields)))
    return points


def _code(one: Condition) -> str:
    return f"{one.column} {one.operator} {one.value}".strip()


def scope(code: str) -> str:
    """What a scope reaches."""
    words = {
        "own": _("It is the person’s own."),
        "org": _("It belongs to the person’s organisation."),
        "subtree": _("It belongs to an organisation below the person’s."),
        "assigned": _("Its organisation is assigned to the person."),
        "all": _("The role reaches all of them."),
        "grant": _("A single grant covers it."),
        "above": _("It is an organisation above the person’s."),
    }
    return words.get(code, code)


def _met(code: str) -> str:
    words = {"SEPARATION_OF_DUTIES": _("Somebody else made or submitted it."), "WRONG_STATE": _("It is in the right state.")}
    return words.get(code, _("Another condition is met."))


def reason(code: str) -> str:
    """Why somebody else may not."""
    words = {
        "CONDITION_NOT_MET": _("A condition of the rule is not met."),
        "LIMIT_EXCEEDED": _("The amount is above the person’s limit."),
        "ORGANIZATION_NOT_ACTIVE": _("Access of the organisation is closed."),
        "OUT_OF_SCOPE": _("A role allows it, but not for this."),
        "PERSON_NOT_ACTIVE": _("Access of the person is closed."),
        "ROLE_MISSING": _("None of the person’s roles allows it."),
        "SEPARATION_OF_DUTIES": _("The person made or submitted it, or it is about the person: another one has to do it."),
        "TOXIC_ROLES": _("The person holds two roles that nobody may hold together."),
        "WRONG_STATE": _("It is not in a state for this."),
    }
    return words.get(code, code)


def holders(found: WhoCanResponse, names: Names) -> list[tuple[str, str, str]]:
    """Name, organisation, and by which scope."""
    return [(names.person(one.person_id), names.organization(one.organization_id), scope(one.ways[0].scope)) for one in found.holders]


def options(people: Iterable[Person], also: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """People to choose from; `also` are id and name of those asked about that the list does not have."""
    listed = {one.id: one.name or one.email for one in people}
    return tuple((dict(also) | listed).items())
