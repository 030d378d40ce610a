"""What a consumer has applied, and what it could not apply yet."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()
OPEN_STATES = ("retry", "held", "suspect", "parked")

# One row for each event applied; kept 400 days.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("done_at", sa.DateTime(timezone=True), nullable=False, index=True),
)

# retry: due at next_attempt_at. held: waits for an earlier event of its aggregate. suspect: was delivered several times
# without an end, so it runs alone. parked: a person decides. discarded: a person decided that it shall not be applied.
inbox_failure = sa.Table(
    "inbox_failure",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("event_id", sa.Uuid),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("aggregate", sa.Text),
    sa.Column("aggregate_seq", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
    sa.Column("first_failed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("replays", sa.Integer, nullable=False, server_default="0"),
    sa.Column("resolved_by", sa.Text),
    sa.Column("resolved_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("state IN ('retry', 'held', 'suspect', 'parked', 'discarded')", name="inbox_failure_state"),
    sa.UniqueConstraint("consumer", "event_id", name="inbox_failure_event"),
    sa.Index("inbox_failure_due", "next_attempt_at", postgresql_where=sa.text("state IN ('retry', 'suspect')")),
    sa.Index(
        "inbox_failure_order",
        "consumer",
        "aggregate",
        "aggregate_seq",
        postgresql_where=sa.text("state IN ('retry', 'held', 'suspect', 'parked')"),
    ),
)
