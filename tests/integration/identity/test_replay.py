"""A service that knows nothing learns all facts from the events alone, in any order, and knows when it is complete."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa
from prm.identity.v1 import people_pb2

from chassis.clock import Clock
from chassis.events.tables import outbox
from chassis.events.types import message_class, type_of
from chassis.policy.facts import Facts
from chassis.policy.projections import HANDLERS
from chassis.policy.putting import FactsMissing
from chassis.policy.tables import fact_key, fact_mark, fact_organization, fact_person, fact_roles
from chassis.store.database import Database
from services.identity.bootstrap import Wanted, bootstrap, create_admin
from services.identity.facts import replay
from tests.integration.identity.conftest import ADMIN, World, refusal
from tests.stack import Databases

TABLES = (fact_person, fact_organization, fact_roles, fact_key)
HANDLED = {type_of(message): handler for message, handler in HANDLERS.items()}


def apply(world: World, other: Database, rows: list[Any]) -> None:
    """What the consumer of another service does with them; the mark is repeated until it fits."""
    waiting = [row for row in rows if row.type in HANDLED]
    for _ in range(3):
        left = []
        for row in waiting:
            kind = message_class(row.type)
            assert kind is not None
            event = kind.FromString(row.body + (row.personal or b""))
            with other.writing() as connection:
                tx = type("Tx", (), {"connection": connection, "now": world.now()})()
                try:
                    HANDLED[row.type](event, tx)
                except FactsMissing:
                    left.append(row)
        waiting = left
    assert not waiting


def content(database: Database, table: sa.Table) -> list[Any]:
    with database.reading() as connection:
        return sorted(map(str, connection.execute(sa.select(table)).all()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_facts_arrive_in_any_order(world: World, postgres: Databases, seed: int) -> None:
    company = world.company(f"Replay {seed}")
    person = world.join(f"r{seed}@replay{seed}.example", ["partner_sales"], company.id)
    admin = world.admin
    admin(admin.people.SetRoles, people_pb2.SetRolesRequest(id=person.id, roles=["partner_marketing"]))
    other = Database(postgres.service("mdf").runtime, pool_size=2, name="other")
    rows = world.query(sa.select(outbox).order_by(outbox.c.id))
    random.Random(seed).shuffle(rows)
    apply(world, other, rows + rows[:20])
    for table in TABLES:
        assert content(other, table) == content(world.host.database, table)
    assert Facts(other, Clock()).complete()
    other.close()


def test_a_replay_says_all_again(world: World, postgres: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 2)
    company = world.company("Anew")
    for number in range(3):
        world.join(f"a{number}@anew.example", ["partner_sales"], company.id)
    last = world.query(sa.select(sa.func.max(outbox.c.id)))[0][0]
    admin = world.admin
    before = admin(admin.people.ListPeople, people_pb2.ListPeopleRequest()).people
    mark = replay.replay_facts(world.work)
    rows = world.query(sa.select(outbox).where(outbox.c.id > last).order_by(outbox.c.id))
    assert rows[-1].type == "prm.identity.facts.replayed.v1"
    other = Database(postgres.service("mdf").runtime, pool_size=2, name="other")
    apply(world, other, rows)
    for table in TABLES:
        assert content(other, table) == content(world.host.database, table)
    with other.reading() as connection:
        assert connection.scalar(sa.select(fact_mark.c.id)) == mark
    other.close()
    sequences = world.query(sa.select(outbox.c.aggregate, outbox.c.aggregate_seq).order_by(outbox.c.aggregate, outbox.c.aggregate_seq))
    by_aggregate: dict[str, list[int]] = {}
    for aggregate, number in sequences:
        by_aggregate.setdefault(aggregate, []).append(number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_aggregate.values())
    shown = admin(admin.people.ListPeople, people_pb2.ListPeopleRequest()).people
    assert [person.etag for person in shown] == [person.etag for person in before]  # nothing has changed


def test_one_who_lost_her_password_gets_in_again(world: World) -> None:
    signed = world.sign_in(ADMIN)
    wanted = Wanted(world.keys, "", ADMIN, "", "a brand new sentence")
    made = create_admin(world.work, wanted)
    assert made.administrator_id == world.made.administrator_id
    assert refusal(lambda: world.sign_in(ADMIN)).reason == "SIGN_IN_FAILED"
    assert refusal(lambda: world.exchange(signed.session_secret)).reason == "SESSION_ENDED"
    assert world.sign_in(ADMIN, "a brand new sentence").person_id == made.administrator_id
    create_admin(world.work, Wanted(world.keys, "", ADMIN, "", "correct horse battery"))
    more = create_admin(world.work, Wanted(world.keys, "", "more@northwind.example", "More"))
    assert world.sign_in("more@northwind.example", more.password).person_id == more.administrator_id


def test_the_first_start_adds_a_changed_portal_secret(world: World) -> None:
    wanted = Wanted(world.keys, "", ADMIN, "", portal_client_id="portal", portal_client_secret="another-secret-of-the-gateway")
    bootstrap(world.work, wanted)
    old = world.gateway()
    world.portal_secret = "another-secret-of-the-gateway"
    assert old.token and world.gateway().token
