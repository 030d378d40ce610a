"""Registrations, what was submitted and when, and the reports of the conflict check."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.policy.filters import filter_index, owned_indexes
from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.deals.matching.compare import Class
from services.deals.registrations.model import Registration
from services.deals.registrations.states import Status

metadata = sa.MetaData()
_TIME = sa.DateTime(timezone=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, _TIME)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


registrations = sa.Table(
    "registration",
    metadata,
    *entity_columns(),
    *owned_columns(),
    _text("number"),
    _text("created_by"),
    _text("status"),
    _text("customer_name"),
    _text("customer_domain"),
    _text("customer_country"),
    _text("customer_town"),
    _text("customer_tax_id"),
    _text("customer_contact_email"),
    sa.Column("product_families", ARRAY(sa.Text), nullable=False),
    sa.Column("value_minor", sa.BigInteger),
    sa.Column("value_currency", sa.Text),
    sa.Column("expected_close", sa.Date),
    _text("evidence_note"),
    sa.Column("margin_percent", sa.Double, nullable=False),
    _text("decider_id"),
    _time("submit_time"),
    _text("submitted_by"),
    _text("clock_side"),
    _time("clock_started_at"),
    _time("clock_due_at"),
    _count("clock_total"),
    _count("decision_used"),
    _count("decision_total"),
    _text("decided_by"),
    _time("decided_at"),
    _time("undo_until"),
    _text("decision_rule"),
    _text("decision_text"),
    sa.Column("requested_fields", ARRAY(sa.Text), nullable=False),
    _time("protected_from"),
    _time("protected_until"),
    _count("conflict"),
    _count("conflict_score"),
    sa.UniqueConstraint("number", name="registration_number_unique"),
    sa.CheckConstraint(f"status IN ({', '.join(repr(item.value) for item in Status)})", name="registration_status"),
    # Nobody decides what he created or submitted: the policy says so, and whatever happens to it, the database does too.
    sa.CheckConstraint("decided_by = '' OR decided_by NOT IN (created_by, submitted_by)", name="registration_duties"),
    sa.CheckConstraint("status = 'draft' OR submit_time IS NOT NULL", name="registration_submitted"),
    sa.CheckConstraint("(status = 'approved') <= (protected_until IS NOT NULL)", name="registration_protected"),
    sa.CheckConstraint("(clock_side = '') = (clock_due_at IS NULL)", name="registration_clock"),
    sa.CheckConstraint("(value_minor IS NULL) = (value_currency IS NULL)", name="registration_value"),
)
owned_indexes(registrations)
for _column in ("status", "decider_id", "conflict", "customer_country"):
    filter_index(registrations, _column)
# "At least probable" and "at least possible" in order; an index by class would have to sort what it finds.
for _name, _least in (("matched", Class.POSSIBLE), ("contested", Class.PROBABLE)):
    sa.Index(
        f"registration_{_name}",
        registrations.c.created_at.desc(),
        registrations.c.id.desc(),
        postgresql_where=sa.text(f"conflict >= {_least:d}"),
    )
sa.Index("registration_due", registrations.c.clock_due_at, registrations.c.id)
sa.Index("registration_protected_until", registrations.c.protected_until, registrations.c.id)

FREE_TEXT = frozenset({"customer_name", "customer_town", "customer_tax_id", "customer_contact_email", "evidence_note", "decision_text"})
REGISTRATIONS = Mapping("registration", "reg", registrations, Registration, free_text=FREE_TEXT)

# Every submission as it was sent. Append-only: the times decide who was first, so nobody may change them afterwards.
submissions = sa.Table(
    "submission",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("registration_id", sa.Text, nullable=False),
    sa.Column("submitted_at", _TIME, nullable=False),
    sa.Column("submitted_by", sa.Text, nullable=False),
    sa.Column("sets_priority", sa.Boolean, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Index("submission_registration", "registration_id", "id"),
)

# The newest binding report of each registration; `matches` as reports.py writes them.
reports = sa.Table(
    "conflict_report",
    metadata,
    sa.Column("registration_id", sa.Text, primary_key=True),
    sa.Column("checked_at", _TIME, nullable=False),
    sa.Column("conflict", sa.Integer, nullable=False),
    sa.Column("checks", JSONB, nullable=False),
    sa.Column("matches", JSONB, nullable=False),
)

# What a search looks through; the function is made by the first migration.
SEARCHED = sa.func.prm_search_text(
    registrations.c.customer_name, registrations.c.customer_domain, registrations.c.number, type_=sa.Text
)  # fmt: skip
sa.Index("registration_search", SEARCHED.label("searched"), postgresql_using="gin", postgresql_ops={"searched": "gin_trgm_ops"})
