"""The subscriptions of identity's facts that every other service has. Identity writes its own facts itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from google.protobuf.message import Message
from prm.identity.v1 import facts_pb2

from chassis.events.subscriptions import Subscription
from chassis.events.types import type_of
from chassis.policy import putting

if TYPE_CHECKING:
    from chassis.store.transaction import Transaction

SOURCE = "identity"


def person_changed(event: facts_pb2.PersonFactsChanged, tx: Transaction) -> None:
    """A person's access."""
    putting.put_person(tx.connection, event)


def service_account_changed(event: facts_pb2.ServiceAccountFactsChanged, tx: Transaction) -> None:
    """A service account's access."""
    putting.put_person(tx.connection, event.facts)


def organization_changed(event: facts_pb2.OrganizationFactsChanged, tx: Transaction) -> None:
    """The access of all people of an organisation."""
    putting.put_organization(tx.connection, event)


def roles_changed(event: facts_pb2.RoleFactsChanged, tx: Transaction) -> None:
    """What roles allow."""
    putting.put_roles(tx.connection, event)


def key_published(event: facts_pb2.SigningKeyPublished, tx: Transaction) -> None:
    """A key that tokens will be signed with."""
    putting.put_key(tx.connection, event)


def key_retired(event: facts_pb2.SigningKeyRetired, tx: Transaction) -> None:
    """A key that signs no more."""
    putting.retire_key(tx.connection, event)


def facts_replayed(event: facts_pb2.FactsReplayed, tx: Transaction) -> None:
    """The end mark of a replay."""
    putting.put_mark(tx.connection, event, tx.now)


HANDLERS: dict[type[Message], Callable[..., None]] = {
    facts_pb2.PersonFactsChanged: person_changed,
    facts_pb2.ServiceAccountFactsChanged: service_account_changed,
    facts_pb2.OrganizationFactsChanged: organization_changed,
    facts_pb2.RoleFactsChanged: roles_changed,
    facts_pb2.SigningKeyPublished: key_published,
    facts_pb2.SigningKeyRetired: key_retired,
    facts_pb2.FactsReplayed: facts_replayed,
}


def subscriptions(service: str) -> list[Subscription]:
    """Those of a service. The queue needs no order: each fact carries its version, and the mark counts what is here."""
    if service == SOURCE:
        return []
    queue = f"{service}.facts.v1"
    return [Subscription(type_of(message), queue, handler, message) for message, handler in HANDLERS.items()]
