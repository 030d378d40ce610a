"""The tables of deals: registrations, submissions, reports, keys of matching, reserved accounts, settings, organisations.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

from chassis.store.migrations import create_chassis_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EXTENSIONS = ("pg_trgm", "unaccent")
# Case, accents and the two ways to write an umlaut fold away, so that a search finds either. Immutable because the dictionary
# is named; the index depends on it, so it is never changed in place.
FUNCTIONS = (
    """
CREATE FUNCTION prm_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT replace(replace(replace(public.unaccent('public.unaccent', lower($1)), 'ae', 'a'), 'oe', 'o'), 'ue', 'u')
$$
""",
    """
CREATE FUNCTION prm_search_text(name text, domain text, number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT public.prm_fold(name || ' ' || domain || ' ' || number)
$$
""",
)
# The times of submissions decide who was first.
APPEND_ONLY = (
    """
CREATE FUNCTION prm_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$
""",
    """
CREATE TRIGGER submission_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON submission
    FOR EACH STATEMENT EXECUTE FUNCTION prm_append_only()
""",
)
YEARS = range(2020, 2080)  # numbers begin anew each year; making a sequence takes rights that the service has not
TABLES = (
    """
CREATE TABLE conflict_report (
    registration_id TEXT NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    conflict INTEGER NOT NULL,
    checks JSONB NOT NULL,
    matches JSONB NOT NULL,
    PRIMARY KEY (registration_id)
)
""",
    """
CREATE TABLE match_key (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (kind, id, type, key)
)
""",
    """
CREATE INDEX match_key_exact ON match_key (type, key, id)
""",
    """
CREATE TABLE organization (
    id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    country TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    PRIMARY KEY (id)
)
""",
    """
CREATE TABLE programme_setting (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT NOT NULL,
    value JSONB NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    scheduled_by TEXT NOT NULL,
    PRIMARY KEY (id)
)
""",
    """
CREATE INDEX programme_setting_current ON programme_setting (name, effective_at DESC, id DESC)
""",
    """
CREATE TABLE registration (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    org_id TEXT NOT NULL,
    org_path TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    number TEXT NOT NULL,
    created_by TEXT NOT NULL,
    status TEXT NOT NULL,
    customer_name TEXT NOT NULL,
    customer_domain TEXT NOT NULL,
    customer_country TEXT NOT NULL,
    customer_town TEXT NOT NULL,
    customer_tax_id TEXT NOT NULL,
    customer_contact_email TEXT NOT NULL,
    product_families TEXT[] NOT NULL,
    value_minor BIGINT,
    value_currency TEXT,
    expected_close DATE,
    evidence_note TEXT NOT NULL,
    margin_percent DOUBLE PRECISION NOT NULL,
    decider_id TEXT NOT NULL,
    submit_time TIMESTAMP WITH TIME ZONE,
    submitted_by TEXT NOT NULL,
    clock_side TEXT NOT NULL,
    clock_started_at TIMESTAMP WITH TIME ZONE,
    clock_due_at TIMESTAMP WITH TIME ZONE,
    clock_total INTEGER NOT NULL,
    decision_used INTEGER NOT NULL,
    decision_total INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    undo_until TIMESTAMP WITH TIME ZONE,
    decision_rule TEXT NOT NULL,
    decision_text TEXT NOT NULL,
    requested_fields TEXT[] NOT NULL,
    protected_from TIMESTAMP WITH TIME ZONE,
    protected_until TIMESTAMP WITH TIME ZONE,
    conflict INTEGER NOT NULL,
    conflict_score INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT registration_number_unique UNIQUE (number),
    CONSTRAINT registration_protected CHECK ((status = 'approved') <= (protected_until IS NOT NULL)),
    CONSTRAINT registration_duties CHECK (decided_by = '' OR decided_by NOT IN (created_by, submitted_by)),
    CONSTRAINT registration_clock CHECK ((clock_side = '') = (clock_due_at IS NULL)),
    CONSTRAINT registration_value CHECK ((value_minor IS NULL) = (value_currency IS NULL)),
    CONSTRAINT registration_submitted CHECK (status = 'draft' OR submit_time IS NOT NULL),
    CONSTRAINT registration_status CHECK (status IN ('draft', 'submitted', 'in_review', 'action_required', 'approved', 'rejected', 'withdrawn', 'expired'))
)
""",
    """
CREATE INDEX registration_conflict ON registration (conflict, created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_contested ON registration (created_at DESC, id DESC) WHERE conflict >= 3
""",
    """
CREATE INDEX registration_customer_country ON registration (customer_country, created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_decider_id ON registration (decider_id, created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_due ON registration (clock_due_at, id)
""",
    """
CREATE INDEX registration_matched ON registration (created_at DESC, id DESC) WHERE conflict >= 2
""",
    """
CREATE INDEX registration_newest ON registration (created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_org ON registration (org_id, created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_owner ON registration (owner_id, created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_path2 ON registration (split_part(org_path, '.', 2), created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_path3 ON registration (split_part(org_path, '.', 3), created_at DESC, id DESC)
""",
    """
CREATE INDEX registration_protected_until ON registration (protected_until, id)
""",
    """
CREATE INDEX registration_search ON registration USING gin (prm_search_text(customer_name, customer_domain, number) gin_trgm_ops)
""",
    """
CREATE INDEX registration_status ON registration (status, created_at DESC, id DESC)
""",
    """
CREATE TABLE reserved_account (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    country TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    note TEXT NOT NULL,
    released BOOLEAN NOT NULL,
    PRIMARY KEY (id)
)
""",
    """
CREATE INDEX reserved_account_kept ON reserved_account (created_at DESC, id DESC) WHERE NOT released
""",
    """
CREATE TABLE submission (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    registration_id TEXT NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    submitted_by TEXT NOT NULL,
    sets_priority BOOLEAN NOT NULL,
    content JSONB NOT NULL,
    PRIMARY KEY (id)
)
""",
    """
CREATE INDEX submission_registration ON submission (registration_id, id)
""",
)


def upgrade() -> None:
    """Everything at once: the database is empty."""
    create_chassis_tables(op.get_bind())
    for name in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA public")
    for statement in (*FUNCTIONS, *TABLES, *APPEND_ONLY):
        op.execute(statement)
    for year in YEARS:
        op.execute(f"CREATE SEQUENCE registration_number_{year}")


def downgrade() -> None:
    """There is no way back to nothing."""
    raise NotImplementedError
