"""A person who is signed in, as pages see her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prm.identity.v1 import people_pb2


@dataclass(frozen=True, slots=True)
class Session:
    """Who is here and what her menu shows. Each call decides anew; this is never proof of a right.

    `permissions` holds `resource.action` of what she may do somewhere, `expire_time` is when she must sign in again.
    """

    id: str
    person_id: str
    name: str
    email: str
    language: str
    time_zone: str
    theme: str
    organization_id: str
    organization_name: str
    organization_types: frozenset[str]
    kind: str
    roles: frozenset[str]
    permissions: frozenset[str]
    expire_time: datetime

    def may(self, permission: str) -> bool:
        """Whether she may do `resource.action` somewhere."""
        return permission in self.permissions


def session_from(me: people_pb2.Me, session_id: str, expire_time: datetime) -> Session:
    """A session of the person whom identity describes."""
    person = me.person
    return Session(
        id=session_id,
        person_id=person.id,
        name=person.name,
        email=person.email,
        language=person.language or "en",
        time_zone=person.time_zone or "UTC",
        theme=person.theme or "system",
        organization_id=me.organization_id,
        organization_name=me.organization_name,
        organization_types=frozenset(me.organization_types),
        kind=me.kind,
        roles=frozenset(me.roles),
        permissions=frozenset(me.permissions),
        expire_time=expire_time,
    )
