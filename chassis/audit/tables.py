"""The tables of the audit log: staging, the sealed chain and its head."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()


def _record_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("on_behalf_of", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text),
        sa.Column("org_path", sa.Text),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changes", JSONB, nullable=False),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    ]


RECORD = tuple(column.name for column in _record_columns())

# Repeats under one `coalesce_key` are counted until `ready_at`; other records are ready at once.
audit_outbox = sa.Table(
    "audit_outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    *_record_columns(),
    sa.Column("coalesce_key", sa.Text, unique=True),
    sa.Column("ready_at", sa.DateTime(timezone=True)),
)

# Append-only: the runtime role may neither update nor delete.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    *_record_columns(),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Index("audit_log_time", "time", "position"),
    sa.Index("audit_log_subject", "subject", "position"),
    sa.Index("audit_log_actor", "actor", "position"),
    sa.Index("audit_log_org", "org_id", "position"),
)

# One row: the newest position and hash, and up to where the head was published as an event.
audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("published_position", sa.BigInteger, nullable=False),
    sa.Column("published_at", sa.DateTime(timezone=True)),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

# Heads that other services published: a chain cut or rewritten over there no longer fits what was seen here.
audit_witness = sa.Table(
    "audit_witness",
    metadata,
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
)

_SEED = "INSERT INTO audit_head (position, hash, published_position, sequence) VALUES (0, decode(repeat('00', 32), 'hex'), 0, 0)"
sa.event.listen(audit_head, "after_create", sa.DDL(_SEED))  # type: ignore[no-untyped-call]  # DDL has no types yet
