"""Publish what decides access, in the transaction that changes it: the fact tables here, the event for everybody else.

Call one of these after the object has changed; nothing is written where no fact did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.message import Message
from prm.identity.v1 import facts_pb2

from chassis.policy import facts
from chassis.store.entity import Entity
from chassis.store.transaction import Transaction
from services.identity.facts import build, rules, stored
from services.identity.facts.model import ROLE_TABLE_ID, FactLog
from services.identity.facts.table import ROLE_TABLE, fact_logs, takings
from services.identity.grants.model import Grant
from services.identity.groups.model import Group
from services.identity.organizations.model import Organization
from services.identity.people.model import Person
from services.identity.roles.model import Role
from services.identity.service_accounts.model import ServiceAccount
from services.identity.tokens.model import SigningKey

F = TypeVar("F", facts_pb2.PersonFactsChanged, facts_pb2.OrganizationFactsChanged, facts_pb2.RoleFactsChanged)


def person_changed(tx: Transaction, person: Person, groups: Sequence[Group] = (), grants: Sequence[Grant] = ()) -> None:
    """Her facts anew. `groups` and `grants` are those this transaction has changed and not written yet."""
    before = stored.person(tx.connection, person.id)
    after = build.person(tx.connection, person, groups, grants, tx.now)
    loses = before is not None and rules.person_loses(before, after, tx.now.timestamp())
    if _versioned(before, after, loses):
        person.record(after)
        facts.put_person(tx.connection, after)
        _note(tx, "person", person, loses)


def account_changed(tx: Transaction, account: ServiceAccount) -> None:
    """A service account's facts anew."""
    before, after = stored.person(tx.connection, account.id), build.account(account)
    loses = before is not None and rules.person_loses(before, after, tx.now.timestamp())
    if _versioned(before, after, loses):
        account.record(facts_pb2.ServiceAccountFactsChanged(facts=after))
        facts.put_person(tx.connection, after)
        _note(tx, "service_account", account, loses)


def organization_changed(tx: Transaction, organization: Organization) -> None:
    """An organisation's facts anew: one event, however many people it has."""
    before, after = stored.organization(tx.connection, organization.id), build.organization(organization)
    loses = before is not None and rules.organization_loses(before, after)
    if _versioned(before, after, loses):
        organization.record(after)
        facts.put_organization(tx.connection, after)
        _note(tx, "organization", organization, loses)


def roles_changed(tx: Transaction, changed: Sequence[Role]) -> None:
    """The role table anew; `changed` are the roles that this transaction has not written yet."""
    log = role_table(tx)
    before, after = stored.roles(tx.connection), build.roles(tx.connection, changed)
    loses = before is not None and rules.roles_lose(before, after)
    if _versioned(before, after, loses):
        log.record(after)
        facts.put_roles(tx.connection, after)
        _note(tx, "role", log, loses)


def role_table(tx: Transaction) -> FactLog:
    """The log of the role table, locked: whoever changes a role waits here for the one before."""
    found = tx.take(ROLE_TABLE, fact_logs.c.id == ROLE_TABLE_ID)
    return found[0] if found else tx.add(ROLE_TABLE, FactLog(id=ROLE_TABLE_ID, created_at=tx.now, updated_at=tx.now))


def key_published(tx: Transaction, key: SigningKey) -> None:
    """Let everybody verify with a new key."""
    facts.put_key(tx.connection, key.publish())


def key_retired(tx: Transaction, key: SigningKey) -> None:
    """Let nobody accept this key any more."""
    facts.retire_key(tx.connection, key.retire(tx.now))


def _versioned(before: F | None, after: F, loses: bool) -> bool:
    """Number the new fact; -> whether it differs from the one before at all."""
    if before is not None:
        after.version, after.floor = before.version, before.floor
        if _content(after) == _content(before):
            return False
    after.version += 1
    if loses:
        after.floor = after.version
    return True


def _content(fact: Message) -> bytes:
    return fact.SerializeToString(deterministic=True)


def _note(tx: Transaction, resource: str, entity: Entity, loses: bool) -> None:
    """Remember a loss until its event has left."""
    if loses:
        values = {"aggregate": f"{resource}/{entity.id}", "aggregate_seq": entity.sequence, "recorded_at": tx.now}
        tx.connection.execute(takings.insert(), values)
