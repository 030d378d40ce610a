"""People as the contract shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from prm.identity.v1 import people_pb2

from chassis.times import to_timestamp
from services.identity.people.model import Person
from services.identity.people.queries import Me, group_ids


def person_to_proto(person: Person, connection: sa.Connection) -> people_pb2.Person:
    """One person with her groups."""
    return people_to_protos([person], connection)[0]


def people_to_protos(found: Sequence[Person], connection: sa.Connection) -> list[people_pb2.Person]:
    """Several people with their groups, asked for at once."""
    groups = group_ids(connection, [person.id for person in found])
    return [_person(person, groups[person.id]) for person in found]


def _person(person: Person, groups: Iterable[str]) -> people_pb2.Person:
    return people_pb2.Person(
        id=person.id,
        organization_id=person.org_id,
        name=person.name,
        email=person.email,
        state=people_pb2.Person.State.Value(person.state.name),
        roles=person.roles,
        group_ids=sorted(groups),
        assigned_organization_ids=person.assigned,
        language=person.language,
        time_zone=person.time_zone,
        theme=person.theme,
        last_sign_in_time=to_timestamp(person.last_sign_in_at),
        create_time=to_timestamp(person.created_at),
        update_time=to_timestamp(person.updated_at),
        etag=person.etag,
    )


def me_to_proto(me: Me, connection: sa.Connection, person: Person | None = None) -> people_pb2.Me:
    """The caller and her rights; `person` is she as this transaction has changed her."""
    shown = person or me.person
    return people_pb2.Me(
        person=person_to_proto(shown, connection) if shown else people_pb2.Person(id=me.id, name=me.name),
        organization_id=me.organization_id,
        organization_name=me.organization_name,
        organization_types=me.organization_types,
        kind=me.kind,
        permissions=me.permissions,
        roles=me.roles,
    )
