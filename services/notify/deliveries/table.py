"""Where deliveries are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, jobs, owned_columns
from services.notify.deliveries.model import Delivery
from services.notify.schema import metadata

deliveries = sa.Table(
    "delivery",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("notification_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.Column("error", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'cancelled')", name="delivery_state"),
    sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="delivery_sent"),
    sa.Index("delivery_by_time", sa.text("created_at DESC"), sa.text("id DESC")),
    sa.Index("delivery_by_state", "state", sa.text("created_at DESC"), sa.text("id DESC")),
    sa.Index("delivery_by_kind", "kind", sa.text("created_at DESC"), sa.text("id DESC")),
    sa.Index("delivery_by_owner", "owner_id", sa.text("created_at DESC"), sa.text("id DESC")),
    sa.Index("delivery_by_notification", "notification_id"),
)

DELIVERIES = Mapping("delivery", "dlv", deliveries, Delivery)

OF_NOTIFICATION = sa.select(deliveries.c.id, deliveries.c.state).where(deliveries.c.notification_id == sa.bindparam("notification"))
WAITING_INVITATIONS = sa.select(deliveries.c.id).where(
    deliveries.c.owner_id == sa.bindparam("person"), deliveries.c.kind == sa.bindparam("of_kind"), deliveries.c.state == "waiting"
)
WAITING_FOR = sa.select(deliveries.c.id).where(deliveries.c.owner_id == sa.bindparam("person"), deliveries.c.state == "waiting")
# How often a waiting one was tried is known to its job alone.
TRIES = sa.select(jobs.c.key, jobs.c.attempts, jobs.c.last_error).where(jobs.c.kind == sa.bindparam("job"), jobs.c.key == sa.func.any(sa.bindparam("keys")))
