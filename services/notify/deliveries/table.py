"""Where deliveries are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.policy.filters import filter_index, owned_indexes
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
    sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'cancelled')", name="delivery_known_state"),
    sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="delivery_sent"),
)
owned_indexes(deliveries)
for name in ("state", "kind", "notification_id"):
    filter_index(deliveries, name)

DELIVERIES = Mapping("delivery", "dlv", deliveries, Delivery)

OF_NOTIFICATION = sa.select(deliveries.c.id).where(deliveries.c.notification_id == sa.bindparam("notification"))
WAITING_FOR = (
    sa.select(deliveries.c.id, deliveries.c.kind)
    .where(deliveries.c.owner_id == sa.bindparam("person"), deliveries.c.state == "waiting")
    .order_by(deliveries.c.id)
)
REPORTED = sa.select(jobs.c.key).where(jobs.c.kind == sa.bindparam("job"), jobs.c.key == sa.bindparam("delivery"))
FIND = sa.select(deliveries).where(deliveries.c.id == sa.bindparam("delivery"))
# How often a waiting one was tried is known to its job alone.
TRIES = sa.select(jobs.c.key, jobs.c.attempts).where(
    jobs.c.kind == sa.bindparam("job"), jobs.c.key == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.Text)))
)
