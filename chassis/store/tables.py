"""The tables and columns the store itself needs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

# First answers by request id, kept 7 days: a repeat gets the first answer, another body under the same id is refused.
idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("subject_id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
)


# Everything that happens later or outside: a clock, a reminder, an e-mail. Worked off by the runner.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text),
    sa.Column("parked_at", sa.DateTime(timezone=True)),
    sa.Index("jobs_due", "due_at", postgresql_where=sa.text("parked_at IS NULL")),
)


def entity_columns() -> list[sa.Column[Any]]:
    """id, version, sequence and the two times that every entity has."""
    return [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def owned_columns() -> list[sa.Column[Any]]:
    """Whose it is, as of its creation; what the scopes of the policies look at."""
    return [
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("org_path", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text, nullable=False),
    ]
