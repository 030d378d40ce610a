"""Where sessions are kept, and the wrong attempts by e-mail address."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns
from services.identity.schema import metadata, moment
from services.identity.sessions.model import Session

sessions = sa.Table(
    "session",
    metadata,
    *entity_columns(),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("user_agent", sa.Text, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
    moment("ended_at"),
    sa.Column("end_reason", sa.Text, nullable=False),
    sa.Index("session_person", "person_id", sa.text("created_at DESC")),
)

# By the digest of the address, whether an account exists or not: so both are locked alike, and no stranger's address is kept.
attempts = sa.Table(
    "sign_in_attempt",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locks", sa.Integer, nullable=False),
    moment("locked_until"),
    sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False, index=True),
)

SESSIONS = Mapping("session", "ses", sessions, Session, free_text=frozenset({"digest", "user_agent"}))
