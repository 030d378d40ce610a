"""A small programme: a vendor, two distributors and their resellers; one table that has every column a policy looks at."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from prm.identity.v1 import facts_pb2
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.clock import Clock
from chassis.policy import tables
from chassis.policy.facts import Facts, put_organization, put_person, put_roles
from chassis.policy.filters import Keyed, owned_indexes
from chassis.policy.policy import Policy
from chassis.policy.subject import Subject
from chassis.policy.tokens import Claims
from chassis.store.database import Database
from chassis.store.tables import entity_columns, owned_columns
from services.identity.roles.shipped import SHIPPED, facts_of
from tests.stack import Databases

# Paths end with a dot; d10 is no part of d1, and s1 is four levels deep.
PATHS = {
    "v": "v.",
    "d1": "v.d1.",
    "d2": "v.d2.",
    "d10": "v.d10.",
    "r1": "v.d1.r1.",
    "r2": "v.d1.r2.",
    "r3": "v.d2.r3.",
    "s1": "v.d1.r1.s1.",
}
TIERS = {"d1": "gold", "r1": "silver", "r2": "gold"}
PEOPLE = [
    *((f"{role}@{org}", role, org) for role, shipped in SHIPPED.items() if shipped.kind == "partner" for org in ("d1", "r1", "s1")),
    ("partner_sales@r2", "partner_sales", "r2"),
    *((f"{role}@v", role, "v") for role, shipped in SHIPPED.items() if shipped.kind != "partner"),
]
GRANTEE = "partner_sales@r2"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
STATUSES = ("draft", "in_review", "approved", "published", "retired")
TYPES = ("prm.deals.registration.created.v1", "prm.deals.registration.approved.v1", "prm.identity.person.updated.v1")

metadata = sa.MetaData()
sample = sa.Table(
    "sample",
    metadata,
    *entity_columns(),
    *owned_columns(),
    *(sa.Column(name, sa.Text) for name in ("status", "submitted_by", "created_by", "changed_by", "decided_by", "person_id")),
    *(sa.Column(name, sa.Text) for name in ("resource", "aggregate", "type")),
    sa.Column("tiers", ARRAY(sa.Text), nullable=False),
)
owned_indexes(sample)


@dataclass
class World:
    """What a test asks."""

    database: Database
    policy: Policy
    facts: Facts
    rows: list[dict[str, Any]]

    def subject(self, person: str) -> Subject:
        return self.facts.subject(claims(person))

    def rows_of(self, resource: str) -> Keyed:
        return Keyed(resource, sample, "id")


def claims(person: str, **changes: Any) -> Claims:
    values: dict[str, Any] = {
        "session_id": "ses_1",
        "auth_level": "password",
        "issued_at": NOW.timestamp(),
        "expires_at": NOW.timestamp() + 300,
    }
    return Claims(person, "partner", **(values | changes))


@pytest.fixture(scope="module")
def database(postgres: Databases) -> Iterator[Database]:
    found = Database(postgres.empty("deals").owner, pool_size=5, name="policy-tests")
    with found.engine.begin() as connection:
        tables.metadata.create_all(connection)
        metadata.create_all(connection)
    yield found
    found.close()


@pytest.fixture(scope="module")
def world(database: Database, opa: str) -> Iterator[World]:
    rows = seeded_rows()
    with database.writing() as connection:
        seed_facts(connection)
        connection.execute(sample.insert(), rows)
    facts = Facts(database, Clock())
    policy = Policy(opa, "deals", facts)
    yield World(database, policy, facts, rows)
    policy.close()


def seed_facts(connection: sa.Connection) -> None:
    put_roles(connection, facts_of(SHIPPED, version=1, floor=1))
    for org, path in PATHS.items():
        fact = facts_pb2.OrganizationFactsChanged(
            organization_id=org, version=1, floor=1, path=path, state="active", tier=TIERS.get(org, "")
        )
        put_organization(connection, fact)
    for person, role, org in PEOPLE:
        put_person(connection, person_fact(person, role, org))


def person_fact(person: str, role: str, org: str, **changes: Any) -> facts_pb2.PersonFactsChanged:
    values: dict[str, Any] = {"version": 1, "floor": 1, "kind": SHIPPED[role].kind, "state": "active", "roles": [role]}
    fact = facts_pb2.PersonFactsChanged(person_id=person, organization_id=org, **(values | changes))
    if role == "channel_manager":
        fact.assigned_organization_ids.extend(["r1", "r3"])
    if person == GRANTEE:
        for object_id, hours in (("row_0007", 1), ("row_0008", -1)):
            grant = fact.grants.add(resource="registration", object_id=object_id, actions=["read"])
            grant.expire_time.FromDatetime(NOW + timedelta(hours=hours))
    return fact


def seeded_rows() -> list[dict[str, Any]]:
    chance = random.Random(7)
    names = [name for name, _, _ in PEOPLE]
    return [_row(chance, names, number) for number in range(160)]


def _row(chance: random.Random, names: list[str], number: int) -> dict[str, Any]:
    org = chance.choice(list(PATHS))
    at = NOW - timedelta(minutes=number // 3)  # ties in time, so that the key decides
    resource = chance.choice(["registration", "person", "budget", "notification"])
    somebody = [None, *names]
    return {
        "id": f"row_{number:04}",
        "version": 1,
        "sequence": 1,
        "created_at": at,
        "updated_at": at,
        "org_id": org,
        "org_path": PATHS[org],
        "owner_id": chance.choice(names),
        "status": chance.choice(STATUSES),
        **{name: chance.choice(somebody) for name in ("submitted_by", "created_by", "changed_by", "decided_by", "person_id")},
        "resource": resource,
        "aggregate": f"{resource}/row_{number:04}",
        "type": chance.choice(TYPES),
        "tiers": chance.choice([[], ["gold"], ["silver", "gold"]]),
    }
