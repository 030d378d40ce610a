"""Where uploads are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.policy.filters import filter_index, owned_indexes
from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.content.schema import metadata
from services.content.uploads.model import Upload

uploads = sa.Table(
    "upload",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'confirmed', 'lapsed')", name="upload_known_state"),
    sa.CheckConstraint("size_bytes > 0", name="upload_size"),
)
owned_indexes(uploads)
filter_index(uploads, "document_id")

UPLOADS = Mapping("upload", "upl", uploads, Upload, free_text=frozenset({"file_name"}))
