"""Each service keeps the audit heads that its neighbour published, so that nobody rewrites one chain unnoticed."""

from __future__ import annotations

from prm.audit.v1 import events_pb2
from sqlalchemy.dialects.postgresql import insert

from chassis.audit.tables import audit_witness
from chassis.events.envelope import Envelope
from chassis.events.subscriptions import Subscription
from chassis.events.types import type_of
from chassis.settings import SERVICES
from chassis.store.transaction import Transaction


def neighbour(service: str) -> str:
    """Whose heads a service keeps: the six form a ring."""
    return SERVICES[(SERVICES.index(service) + 1) % len(SERVICES)]


def witness_of(service: str) -> str:
    """Who keeps the heads of a service."""
    return SERVICES[SERVICES.index(service) - 1]


def subscriptions(service: str) -> list[Subscription]:
    """What every service subscribes to for this."""
    message = events_pb2.AuditHeadSealed
    return [Subscription(type_of(message, neighbour(service)), f"{service}.witness.v1", keep_head, message, envelope=True)]


def keep_head(event: events_pb2.AuditHeadSealed, tx: Transaction, envelope: Envelope) -> None:
    """Keep a head; the first one seen for a position stands."""
    row = {"service": envelope.type.split(".")[1], "position": event.position, "hash": event.hash, "seen_at": tx.now}
    tx.connection.execute(insert(audit_witness).values(row).on_conflict_do_nothing())
