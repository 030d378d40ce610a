"""The tables of staging, log and publishing. Positions in `event_log` are gap-free and the only cursor."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()
BODY_LIMIT = 1_048_576  # bytes; RabbitMQ 4 takes messages up to 16 MiB, an event is far smaller


def _event_columns() -> list[sa.Column[Any]]:
    """What staging and log share. The owner columns are copied from the row, so that the list policy filters events too."""
    return [
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("aggregate", sa.Text, nullable=False),
        sa.Column("aggregate_seq", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text),
        sa.Column("owner_id", sa.Text),
        sa.Column("org_path", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    ]


# A row lives here until the runner has given it a position.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    *_event_columns(),
    sa.Column("personal", sa.LargeBinary),
    sa.Column("person_id", sa.Text),
    sa.CheckConstraint(f"octet_length(body) <= {BODY_LIMIT}", name="outbox_body_size"),
)

# Append-only: the runtime role may neither update nor delete.
event_log = sa.Table(
    "event_log",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    *_event_columns(),
    sa.UniqueConstraint("event_id", name="event_log_event_id"),
    sa.Index("event_log_aggregate", "aggregate", "aggregate_seq"),
    sa.Index("event_log_type", "type", "position"),
    sa.Index("event_log_org", "org_id", "position"),
)

# Beside the log, so that a person can be erased while the log stays whole.
event_personal = sa.Table(
    "event_personal",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("person_id", sa.Text, nullable=False, index=True),
    sa.Column("data", sa.LargeBinary),
)

# One row. Its lock lets one runner number at a time; `published` is where publishing goes on.
log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("published", sa.BigInteger, nullable=False),
)

# Refused or returned by the broker; later events of the same aggregate wait behind them.
outbox_held = sa.Table(
    "outbox_held",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("aggregate", sa.Text, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
)

sa.event.listen(log_head, "after_create", sa.DDL("INSERT INTO log_head (position, published) VALUES (0, 0)"))  # type: ignore[no-untyped-call]  # DDL has no types yet
