"""What every service knows of identity, the facts that decide access, where the newest version wins; and what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = sa.MetaData()

# People and service accounts. `roles` include those of groups; `floor` is the last version that took something away.
fact_person = sa.Table(
    "fact_person",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("org_id", sa.Text, nullable=False, index=True),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("assigned", ARRAY(sa.Text), nullable=False),
    sa.Column("grants", JSONB, nullable=False),
    sa.Column("not_before", sa.DateTime(timezone=True)),
    sa.Index("fact_person_assigned", "assigned", postgresql_using="gin"),
)

# `path` is the ids of the ancestors and its own, each ending with a dot.
fact_organization = sa.Table(
    "fact_organization",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("types", ARRAY(sa.Text), nullable=False),
    sa.Column("regions", ARRAY(sa.Text), nullable=False),
    sa.Column("certifications", ARRAY(sa.Text), nullable=False),
)

# One row: the whole role table, so that its version says all of it. `body` is the event's JSON, roles by id.
fact_roles = sa.Table(
    "fact_roles",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
    sa.Column("body", JSONB, nullable=False),
    sa.CheckConstraint("id = 'all'", name="fact_roles_one"),
)

# Public keys that tokens are verified with.
fact_key = sa.Table(
    "fact_key",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("x", sa.Text, nullable=False),
    sa.Column("retired", sa.Boolean, nullable=False),
)

# The end of a replay: before the first of them a service does not know enough to be ready.
fact_mark = sa.Table(
    "fact_mark",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
)

# Decisions of mutations and refusals, for ever: which policy and which facts said yes or no.
decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("allowed", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("facts", JSONB, nullable=False),
)
