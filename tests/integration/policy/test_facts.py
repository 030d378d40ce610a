"""Facts: newest wins whatever arrives when; what is taken away is gone within a second; behind is no guess."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from prm.identity.v1 import facts_pb2

from chassis.clock import Clock
from chassis.errors import Unauthenticated, Unavailable
from chassis.policy import tables
from chassis.policy.facts import FRESH_SECONDS, Facts, assignees
from chassis.policy.projections import HANDLERS, subscriptions
from chassis.policy.putting import FactsMissing, put_key, put_mark, put_organization, put_person, put_roles, retire_key
from chassis.policy.tables import fact_mark, fact_person
from chassis.store.database import Database
from services.identity.roles.shipped import SHIPPED, facts_of
from tests.integration.policy.conftest import NOW, claims, person_fact, seed_facts

REX = "partner_sales@r1"


@pytest.fixture
def facts(database: Database) -> Facts:
    with database.writing() as connection:
        for table in (tables.fact_person, tables.fact_organization, tables.fact_roles, tables.fact_key, tables.fact_mark):
            connection.execute(table.delete())
        seed_facts(connection)
    return Facts(database, Clock())


def change(database: Database, **changes: Any) -> None:
    with database.writing() as connection:
        put_person(connection, person_fact(REX, "partner_sales", "r1", **changes))


def organization(database: Database, **changes: Any) -> None:
    values: dict[str, Any] = {"organization_id": "r1", "version": 2, "floor": 2, "path": "v.d1.r1.", "state": "active"} | changes
    with database.writing() as connection:
        put_organization(connection, facts_pb2.OrganizationFactsChanged(**values))


def refused(facts: Facts, **changes: Any) -> str:
    with pytest.raises((Unavailable, Unauthenticated)) as error:
        facts.subject(claims(REX, **changes))
    return error.value.reason


def test_subject_is_the_join(facts: Facts) -> None:
    subject = facts.subject(claims(REX, session_id="ses_9"))
    assert (subject.org_path, subject.tier, subject.roles, subject.session_id) == ("v.d1.r1.", "silver", ("partner_sales",), "ses_9")
    assert facts.access(subject, "registration")["roles"]["partner_sales"]["registration"]["read"] == ["own"]
    assert "registration.submit" in facts.permissions(subject)


@pytest.mark.parametrize("order", [(2, 3), (3, 2), (3, 3)])
def test_newest_version_wins(facts: Facts, database: Database, order: tuple[int, int]) -> None:
    for version in order:
        change(database, version=version, roles=[f"role{version}"])
    assert facts.subject(claims(REX)).roles == ("role3",)


def test_taken_away_is_gone_within_a_second(facts: Facts, database: Database) -> None:
    assert facts.subject(claims(REX)).roles == ("partner_sales",)
    change(database, version=2, floor=2, roles=[])
    time.sleep(FRESH_SECONDS + 0.05)
    assert facts.subject(claims(REX)).roles == ()


def test_a_floor_above_what_is_cached_is_looked_up_at_once(facts: Facts, database: Database) -> None:
    facts.subject(claims(REX))
    change(database, version=2, floor=2, roles=[])
    assert facts.subject(claims(REX, floor=2)).roles == ()


@pytest.mark.parametrize("behind", [{"floor": 2}, {"org_floor": 2}, {"roles_floor": 2}])
def test_behind_a_floor_is_unavailable(facts: Facts, behind: dict[str, int]) -> None:
    with pytest.raises(Unavailable) as error:
        facts.subject(claims(REX, **behind))
    assert error.value.reason == "ACCESS_FACTS_BEHIND"
    assert error.value.retry_after


def test_behind_the_epoch_only_is_served(facts: Facts) -> None:
    assert facts.subject(claims(REX, epoch=9)).epoch == 1


def test_unknown_person_is_behind(facts: Facts) -> None:
    with pytest.raises(Unavailable) as error:
        facts.subject(claims("per_unknown"))
    assert error.value.reason == "ACCESS_FACTS_BEHIND"


def test_unknown_organization_is_behind(facts: Facts, database: Database) -> None:
    with database.writing() as connection:
        put_person(connection, person_fact(REX, "partner_sales", "org_unknown", version=2))
    assert refused(facts) == "ACCESS_FACTS_BEHIND"


def test_without_a_role_table_is_behind(facts: Facts, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(tables.fact_roles.delete())
    assert refused(facts) == "ACCESS_FACTS_BEHIND"


def test_token_from_before_a_reset(facts: Facts, database: Database) -> None:
    fact = person_fact(REX, "partner_sales", "r1", version=2)
    fact.not_before.FromDatetime(NOW)
    with database.writing() as connection:
        put_person(connection, fact)
    assert refused(facts, issued_at=NOW.timestamp() - 1) == "TOKEN_REVOKED"
    assert facts.subject(claims(REX, issued_at=NOW.timestamp())).id == REX


def test_an_account_that_was_opened_since_is_behind_and_not_closed(facts: Facts, database: Database) -> None:
    """Her token was made from a newer fact: she has just joined, or come back."""
    change(database, version=2, state="invited")
    with pytest.raises(Unavailable) as error:
        facts.subject(claims(REX, epoch=3))
    assert error.value.reason == "ACCESS_FACTS_BEHIND"
    change(database, version=3, state="active")
    assert facts.subject(claims(REX, epoch=3)).epoch == 3


def test_closed_account(facts: Facts, database: Database) -> None:
    change(database, version=2, state="deactivated")
    assert refused(facts) == "PERSON_NOT_ACTIVE"


@pytest.mark.parametrize("state", ["suspended", "terminated", "rejected"])
def test_closed_organization(facts: Facts, database: Database, state: str) -> None:
    organization(database, state=state)
    assert refused(facts) == "ORGANIZATION_NOT_ACTIVE"


def test_a_distributor_suspended_does_not_close_its_resellers(facts: Facts, database: Database) -> None:
    organization(database, organization_id="d1", path="v.d1.", state="suspended")
    assert facts.subject(claims(REX)).org_state == "active"


def test_an_action_taken_from_a_role(facts: Facts, database: Database) -> None:
    subject = facts.subject(claims(REX))
    with database.writing() as connection:
        put_roles(connection, facts_of({"partner_sales": SHIPPED["partner_marketing"]}, version=2, floor=2))
    time.sleep(FRESH_SECONDS + 0.05)
    assert "submit" not in facts.access(subject, "registration")["roles"]["partner_sales"]["registration"]


def test_keys(facts: Facts, database: Database) -> None:
    assert facts.key("k1") is None
    with database.writing() as connection:
        put_key(connection, facts_pb2.SigningKeyPublished(key_id="k1", x="abc", version=1))
    time.sleep(0.15)
    assert facts.key("k1") == "abc"
    with database.writing() as connection:
        retire_key(connection, facts_pb2.SigningKeyRetired(key_id="k1", version=2))
        put_key(connection, facts_pb2.SigningKeyPublished(key_id="k1", x="abc", version=1))
    time.sleep(FRESH_SECONDS + 0.05)
    assert facts.key("k1") is None


def test_invented_keys_do_not_cost_a_query_each(facts: Facts, database: Database) -> None:
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    for number in range(200):
        facts.key(f"invented{number}")
    assert sum("fact_key" in statement for statement in asked) < 20


def test_the_end_mark_waits_for_all_before_it(facts: Facts, database: Database) -> None:
    assert not facts.complete()
    with database.writing() as connection:
        people = connection.execute(sa.select(sa.func.count()).select_from(fact_person)).scalar_one()
    mark = facts_pb2.FactsReplayed(replay_id="rpl_1", people=people + 1, organizations=8)
    with pytest.raises(FactsMissing), database.writing() as connection:
        put_mark(connection, mark, NOW)
    mark.people = people
    for _ in range(2):
        with database.writing() as connection:
            put_mark(connection, mark, NOW)
    assert facts.complete()
    with database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(fact_mark)) == 1


def test_assignees(facts: Facts, database: Database) -> None:
    with database.reading() as connection:
        assert assignees(connection, "r1", "channel_manager") == ["channel_manager@v"]
        assert assignees(connection, "r2", "channel_manager") == []
        assert assignees(connection, "r1", "finance") == []


def test_every_fact_is_subscribed_to() -> None:
    found = subscriptions("deals")
    assert {item.message for item in found} == set(HANDLERS)
    assert {item.queue for item in found} == {"deals.facts.v1"}
    events = {facts_pb2.DESCRIPTOR.message_types_by_name[name].full_name for name in facts_pb2.DESCRIPTOR.message_types_by_name}
    assert {message.DESCRIPTOR.full_name for message in HANDLERS} == events
    assert subscriptions("identity") == []


def test_handlers_write_what_identity_says(facts: Facts, database: Database) -> None:
    class Tx:
        now = NOW + timedelta(hours=1)

    account = person_fact("sva_1", "integration", "v")
    with database.writing() as connection:
        tx = Tx()
        tx.connection = connection  # type: ignore[attr-defined]
        HANDLERS[facts_pb2.ServiceAccountFactsChanged](facts_pb2.ServiceAccountFactsChanged(facts=account), tx)
        HANDLERS[facts_pb2.OrganizationFactsChanged](
            facts_pb2.OrganizationFactsChanged(organization_id="r9", version=1, path="v.r9.", state="active"), tx
        )
        HANDLERS[facts_pb2.PersonFactsChanged](person_fact("per_9", "partner_sales", "r9"), tx)
        HANDLERS[facts_pb2.RoleFactsChanged](facts_of(SHIPPED, version=3, floor=1), tx)
        HANDLERS[facts_pb2.SigningKeyPublished](facts_pb2.SigningKeyPublished(key_id="k9", x="x", version=1), tx)
        HANDLERS[facts_pb2.SigningKeyRetired](facts_pb2.SigningKeyRetired(key_id="k8", version=2), tx)
        HANDLERS[facts_pb2.FactsReplayed](facts_pb2.FactsReplayed(replay_id="rpl_9"), tx)
    assert facts.subject(claims("sva_1")).kind == "system"
    assert facts.subject(claims("per_9")).roles_version == 3
    assert facts.complete()
