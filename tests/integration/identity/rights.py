"""What tests of rights look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prm.identity.v1 import facts_pb2, people_pb2

from services.identity.facts import stored
from tests.integration.identity.conftest import Caller, World, refusal

PERSON_FACTS = "prm.identity.person.facts_changed.v1"
ORGANIZATION_FACTS = "prm.identity.organization.facts_changed.v1"


def facts(world: World, person_id: str) -> facts_pb2.PersonFactsChanged:
    with world.host.database.reading() as connection:
        found = stored.person(connection, person_id)
    assert found is not None
    return found


def said(world: World, person_id: str) -> facts_pb2.PersonFactsChanged:
    return facts_pb2.PersonFactsChanged.FromString(world.events(f"person/{person_id}", PERSON_FACTS)[-1].body)


def set_roles(caller: Caller, person_id: str, *roles: str, etag: str = "", request_id: str = "") -> Any:
    return caller(caller.people.SetRoles, people_pb2.SetRolesRequest(id=person_id, roles=roles, etag=etag, request_id=request_id))


def denied(call: Callable[[], Any]) -> tuple[str, str]:
    found = refusal(call)
    return found.code.name, found.reason
