"""Reading people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.policy.subject import Subject
from chassis.store.reading import Filter, Listing, Page, Question, Reading
from services.identity.groups.table import groups
from services.identity.organizations.table import ORGANIZATIONS
from services.identity.people.model import Person, State
from services.identity.people.table import PEOPLE, people
from services.identity.roles.store import all_roles
from services.identity.search import words_of
from services.identity.service_accounts.table import SERVICE_ACCOUNTS, service_accounts

LISTING = Listing(
    orders={"name": ("name", False)},
    filters={
        "organization_id": Filter("org_id"),
        "state": Filter("state", convert=lambda text: State[text].value),
    },
)
_MEMBERSHIPS = sa.select(groups.c.id, groups.c.member_ids).where(
    groups.c.member_ids.overlap(sa.bindparam("ids", type_=groups.c.member_ids.type))
)
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_CARDS = sa.union_all(
    sa.select(people.c.id, people.c.name, people.c.org_id).where(people.c.id.in_(_IDS)),
    sa.select(service_accounts.c.id, service_accounts.c.name, service_accounts.c.org_id).where(service_accounts.c.id.in_(_IDS)),
)


@dataclass(frozen=True)
class Me:
    """The caller and what she may do somewhere, as `resource.action`. A service account has no person of its own."""

    id: str
    name: str
    person: Person | None
    organization_id: str
    organization_name: str
    organization_types: Sequence[str]
    kind: str
    permissions: Sequence[str]
    roles: Sequence[str]


def get_person(reading: Reading, id: str) -> Person:
    """Raises NotFound, also where the reader may not see her."""
    return reading.get(PEOPLE, id)


def list_people(reading: Reading, question: Question, search: str) -> Page[Person]:
    """By name. Words of the search are looked for in names, and in addresses where the reader sees them."""
    hidden = reading.policy.masks(reading.subject, PEOPLE.resource, now=reading.now)
    columns = [sa.func.lower(people.c.name)] + ([] if "email" in hidden else [people.c.email])
    also = [sa.or_(*(column.contains(word, autoescape=True) for column in columns)) for word in words_of(search)]
    return reading.page(PEOPLE, LISTING, question, also)


def group_ids(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, list[str]]:
    """The groups of each of these people."""
    found: dict[str, list[str]] = {person: [] for person in ids}
    for row in connection.execute(_MEMBERSHIPS, {"ids": list(ids)}):
        for person in set(row.member_ids) & found.keys():
            found[person].append(row.id)
    return found


def name_cards(reading: Reading, ids: Sequence[str]) -> Sequence[Any]:
    """(id, name, org_id) of the people and accounts that exist; names are for display to anybody who is signed in."""
    return reading.connection.execute(_CARDS, {"ids": list(dict.fromkeys(ids))}).all()


def get_me(connection: sa.Connection, subject: Subject) -> Me:
    """The caller herself."""
    org_id, roles = subject.org_id, list(subject.roles)
    organization = ORGANIZATIONS.from_row(connection.execute(ORGANIZATIONS.select_one, {"id": org_id}).mappings().one())
    row = connection.execute(PEOPLE.select_one, {"id": subject.id}).mappings().one_or_none()
    person = PEOPLE.from_row(row) if row is not None else None
    known = all_roles(connection)
    return Me(
        id=subject.id,
        name=person.name if person else _account_name(connection, subject.id),
        person=person,
        organization_id=org_id,
        organization_name=organization.name,
        organization_types=organization.types,
        kind=subject.kind,
        permissions=sorted({item for name in roles if name in known for item in known[name].allowed()}),
        roles=roles,
    )


def _account_name(connection: sa.Connection, id: str) -> str:
    row = connection.execute(SERVICE_ACCOUNTS.select_one, {"id": id}).mappings().one_or_none()
    return str(row["name"]) if row is not None else ""
