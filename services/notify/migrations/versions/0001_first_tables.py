"""The first tables of notify."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.store.migrations import create_chassis_tables

revision = "0001"
down_revision = None

SEEN_UNREAD = "state = 'shown' AND portal AND read_at IS NULL"


def entity() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def owned() -> list[sa.Column[Any]]:
    return [*entity(), *(sa.Column(name, sa.Text, nullable=False) for name in ("org_id", "org_path", "owner_id"))]


def owned_indexes(table: str) -> None:
    index(f"{table}_newest", table)
    index(f"{table}_owner", table, "owner_id")
    index(f"{table}_org", table, "org_id")
    for depth in (2, 3):
        index(f"{table}_path{depth}", table, sa.text(f"split_part(org_path, '.', {depth})"))


def index(name: str, table: str, *columns: Any) -> None:
    op.create_index(name, table, [*columns, sa.text("created_at DESC"), sa.text("id DESC")])


def texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    create_recipient()
    create_preference()
    create_notification()
    create_delivery()


def create_recipient() -> None:
    op.create_table(
        "recipient",
        sa.Column("person_id", sa.Text, primary_key=True),
        *texts("org_id", "name", "email", "language", "time_zone"),
        sa.Column("active", sa.Boolean, nullable=False),
    )


def create_preference() -> None:
    op.create_table(
        "notification_preference",
        *owned(),
        sa.Column("choices", JSONB, nullable=False),
        sa.CheckConstraint("id = owner_id", name="notification_preference_own"),
    )


def create_notification() -> None:
    op.create_table(
        "notification",
        *owned(),
        *texts("kind", "subject"),
        sa.Column("parameters", JSONB, nullable=False),
        *texts("actor_id", "event_id"),
        sa.Column("visible_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("portal", sa.Boolean, nullable=False),
        sa.Column("email", sa.Boolean, nullable=False),
        *texts("state"),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('waiting', 'shown', 'withdrawn')", name="notification_state"),
        sa.UniqueConstraint("event_id", "owner_id", "kind", name="notification_once"),
    )
    newest: list[Any] = ["owner_id", sa.text("visible_at DESC"), sa.text("id DESC")]
    op.create_index("notification_by_owner", "notification", newest)
    op.create_index("notification_unread", "notification", newest, postgresql_where=sa.text(SEEN_UNREAD))
    op.create_index("notification_by_subject", "notification", ["subject", "kind"])


def create_delivery() -> None:
    op.create_table(
        "delivery",
        *owned(),
        *texts("notification_id", "kind", "subject", "event_id", "channel", "state"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        *texts("error"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'cancelled')", name="delivery_known_state"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="delivery_sent"),
    )
    owned_indexes("delivery")
    for name in ("state", "kind", "notification_id"):
        index(f"delivery_{name}", "delivery", name)


def downgrade() -> None:
    raise NotImplementedError("the logs are never dropped")
