"""Where documents and the versions of their files are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.policy.filters import filter_index, owned_indexes
from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.content.documents.model import Document
from services.content.schema import metadata

documents = sa.Table(
    "document",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("tags", ARRAY(sa.Text), nullable=False),
    sa.Column("tiers", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("file_version", sa.Integer, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.CheckConstraint("status IN ('draft', 'published', 'retired')", name="document_known_status"),
    sa.CheckConstraint("status <> 'published' OR file_version > 0", name="document_file"),
)
owned_indexes(documents)
filter_index(documents, "status")
filter_index(documents, "language")
WORDS = sa.func.to_tsvector(sa.text("'simple'"), documents.c.title)
sa.Index("document_words", WORDS, postgresql_using="gin")

# What each version was; the bytes are under their digest.
versions = sa.Table(
    "document_version",
    metadata,
    sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
)

DOCUMENTS = Mapping("document", "doc", documents, Document, free_text=frozenset({"title", "description", "file_name"}))
ADD_VERSION = versions.insert()
