"""Deliveries as the contract shows them."""

from __future__ import annotations

from prm.notify.v1 import notifications_pb2

from chassis.times import to_timestamp
from services.notify.deliveries.model import Delivery


def delivery_to_proto(delivery: Delivery) -> notifications_pb2.Delivery:
    """Neither address nor text are kept, so neither is shown."""
    return notifications_pb2.Delivery(
        id=delivery.id,
        notification_id=delivery.notification_id,
        channel=delivery.channel,
        state=delivery.state.value,
        attempts=delivery.attempts,
        send_time=to_timestamp(delivery.sent_at),
        error=delivery.error,
        kind=delivery.kind,
        person_id=delivery.owner_id,
        subject=delivery.subject,
        event_id=delivery.event_id,
        create_time=to_timestamp(delivery.created_at),
    )
