"""What can be done with deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.store.transaction import Transaction
from services.notify.deliveries.model import Delivery, State
from services.notify.deliveries.table import DELIVERIES, OF_NOTIFICATION, REPORTED, WAITING_FOR

SEND = "delivery.send"  # outside effect: the e-mail leaves
REPORT = "delivery.report"  # what came of it, as a change of its own


@dataclass(frozen=True)
class Mail:
    """An e-mail to somebody. `secrets` live in the job alone, and only until it is done."""

    kind: str
    subject: str
    event_id: str
    person_id: str
    org_id: str
    org_path: str
    notification_id: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)


def schedule_delivery(tx: Transaction, cmd: Mail) -> Delivery:
    """Let the runner send it now."""
    delivery = Delivery(
        **tx.stamp(DELIVERIES),
        org_id=cmd.org_id,
        org_path=cmd.org_path,
        owner_id=cmd.person_id,
        notification_id=cmd.notification_id,
        kind=cmd.kind,
        subject=cmd.subject,
        event_id=cmd.event_id,
    )
    tx.add(DELIVERIES, delivery)
    delivery.create()
    tx.schedule(SEND, delivery.id, tx.now, cmd.secrets)
    return delivery


def cancel_of(tx: Transaction, notification_id: str) -> bool:
    """Stop the e-mail of a notification; -> whether it is too late for that."""
    row = tx.connection.execute(OF_NOTIFICATION, {"notification": notification_id}).one_or_none()
    return row is not None and not _cancel(tx, row.id)


def cancel_waiting(tx: Transaction, person_id: str, kind: str = "") -> None:
    """Stop what still waits for a person, of one kind or of all."""
    for row in tx.connection.execute(WAITING_FOR, {"person": person_id}):
        if kind in ("", row.kind):
            _cancel(tx, row.id)


def _cancel(tx: Transaction, id: str) -> bool:
    """-> whether it is certain not to leave. Waits while it is being sent: the job's row is locked for that long."""
    tx.cancel(SEND, id)
    if tx.connection.execute(REPORTED, {"job": REPORT, "delivery": id}).first():
        return False
    delivery = tx.load(DELIVERIES, id)
    delivery.cancel()
    return delivery.state is not State.SENT


def report(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """What came of an attempt: sent, or failed for good with an error code."""
    delivery = tx.load(DELIVERIES, key)
    if payload["error"]:
        delivery.fail(payload["error"], payload["attempts"])
    else:
        delivery.sent(tx.now, payload["attempts"])
