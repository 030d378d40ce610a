"""Names of people and organisations for ids that a page shows, from identity; without identity the ids' short form."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field

from prm.identity.v1.organizations_pb2 import BatchGetOrganizationsRequest, BatchGetOrganizationsResponse
from prm.identity.v1.people_pb2 import BatchGetPeopleRequest, BatchGetPeopleResponse

from gateway.api import Api
from gateway.views.compose import compose

MOST = 200  # what one BatchGet call takes
SECONDS = 2.0


def short(value: str) -> str:
    """`per_…9F3K`: the end of an id tells two apart, its start does not."""
    kind, __, rest = value.partition("_")
    return f"{kind}_…{rest[-4:]}" if len(rest) > 8 else value


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of ids. Asking for an unknown one gives its short form, for an empty one the empty text."""

    people: Mapping[str, str] = field(default_factory=dict)
    organizations: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)

    def person(self, value: str) -> str:
        return self.people.get(value, "") or short(value)

    def organization(self, value: str) -> str:
        return self.organizations.get(value, "") or short(value)

    def home(self, person: str) -> str:
        """The id of a person's organisation; empty when unknown."""
        return self.homes.get(person, "")


def wanted(ids: Iterable[str]) -> list[str]:
    """The ids to ask for: each once, in order, no empty ones, no systems, no more than one call takes."""
    return list(dict.fromkeys(one for one in ids if one and not one.startswith("system:")))[:MOST]


async def look_up(api: Api, people: Iterable[str] = (), organizations: Iterable[str] = ()) -> Names:
    """Ask identity for both at once; what it does not know, or cannot say now, stays an id."""
    persons, orgs = wanted(people), wanted(organizations)
    calls: dict[str, Awaitable[object]] = {}
    if persons:
        calls["people"] = api.call(BatchGetPeopleRequest(ids=persons), BatchGetPeopleResponse)
    if orgs:
        calls["organizations"] = api.call(BatchGetOrganizationsRequest(ids=orgs), BatchGetOrganizationsResponse)
    found = await compose(SECONDS, **calls)
    cards, homes = found.get("people"), found.get("organizations")
    listed = cards.people if isinstance(cards, BatchGetPeopleResponse) else ()
    known = homes.organizations if isinstance(homes, BatchGetOrganizationsResponse) else ()
    return Names({one.id: one.name for one in listed}, {one.id: one.name for one in known}, {one.id: one.organization_id for one in listed})
