"""Where notifications are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.notify.notifications.model import Notification
from services.notify.schema import metadata

notifications = sa.Table(
    "notification",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("visible_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("portal", sa.Boolean, nullable=False),
    sa.Column("email", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("read_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("state IN ('waiting', 'shown', 'withdrawn')", name="notification_state"),
    sa.UniqueConstraint("event_id", "owner_id", "kind", name="notification_once"),
    sa.Index("notification_by_owner", "owner_id", sa.text("visible_at DESC"), sa.text("id DESC")),
    sa.Index(
        "notification_unread",
        "owner_id",
        sa.text("visible_at DESC"),
        sa.text("id DESC"),
        postgresql_where=sa.text("state = 'shown' AND portal AND read_at IS NULL"),
    ),
    sa.Index("notification_by_subject", "subject", "kind"),
)

NOTIFICATIONS = Mapping("notification", "ntf", notifications, Notification)

SEEN = (notifications.c.state == "shown", notifications.c.portal)
UNREAD = (*SEEN, notifications.c.read_at.is_(None))

_SAME = sa.and_(notifications.c.subject == sa.bindparam("about"), notifications.c.kind == sa.bindparam("of_kind"))
_NEWEST = sa.select(sa.func.max(notifications.c.event_id)).where(_SAME).scalar_subquery()
# Those of the newest event of a kind about an object: earlier rounds of the same registration stay as they are.
NEWEST_ABOUT = (
    sa.select(notifications.c.id)
    .where(_SAME, notifications.c.event_id == _NEWEST, notifications.c.state != "withdrawn")
    .order_by(notifications.c.id)
)
OWN_UNREAD = (
    sa.select(notifications.c.id)
    .where(notifications.c.owner_id == sa.bindparam("person"), *UNREAD)
    .order_by(notifications.c.visible_at.desc())
    .limit(sa.bindparam("most"))
)
