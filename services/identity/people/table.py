"""Where people are kept, and apart from them their passwords and invitations."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.identity.people.model import Person
from services.identity.schema import metadata, moment, texts

people = sa.Table(
    "person",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    texts("roles"),
    texts("assigned"),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("theme", sa.Text, nullable=False),
    moment("not_before"),
    moment("last_sign_in_at"),
    sa.CheckConstraint("owner_id = id", name="person_is_her_own"),
    sa.CheckConstraint("email = lower(email)", name="person_email_lower"),
    sa.Index("person_email", "email", unique=True),
    sa.Index("person_name", "name", "id"),
    sa.Index("person_org", "org_id", "name", "id"),
    sa.Index("person_level_2", sa.text("split_part(org_path, '.', 2)"), "name", "id"),
    sa.Index("person_level_3", sa.text("split_part(org_path, '.', 3)"), "name", "id"),
    sa.Index("person_roles", "roles", postgresql_using="gin"),
    sa.Index("person_email_words", "email", postgresql_using="gin", postgresql_ops={"email": "gin_trgm_ops"}),
)

# The class of the operators goes by the label.
sa.Index("person_name_words", sa.func.lower(people.c.name).label("words"), postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"})

credentials = sa.Table(
    "credential",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)

# The newest link of each person who is invited; only the digest of its token is kept.
invitations = sa.Table(
    "invitation",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)

PEOPLE = Mapping("person", "per", people, Person, free_text=frozenset({"name", "email"}))
