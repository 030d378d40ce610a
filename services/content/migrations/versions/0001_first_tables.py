"""The first tables of content."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.store.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def entity() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def owned() -> list[sa.Column[Any]]:
    return [*entity(), *(sa.Column(name, sa.Text, nullable=False) for name in ("org_id", "org_path", "owner_id"))]


def owned_indexes(table: str) -> None:
    index(f"{table}_newest", table)
    index(f"{table}_owner", table, "owner_id")
    index(f"{table}_org", table, "org_id")
    for depth in (2, 3):
        index(f"{table}_path{depth}", table, sa.text(f"split_part(org_path, '.', {depth})"))


def index(name: str, table: str, *columns: Any) -> None:
    op.create_index(name, table, [*columns, sa.text("created_at DESC"), sa.text("id DESC")])


def texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    create_document()
    create_version()
    create_upload()
    create_download()


def create_document() -> None:
    op.create_table(
        "document",
        *owned(),
        *texts("title", "description", "language"),
        sa.Column("tags", ARRAY(sa.Text), nullable=False),
        sa.Column("tiers", ARRAY(sa.Text), nullable=False),
        *texts("status"),
        sa.Column("file_version", sa.Integer, nullable=False),
        *texts("file_name", "media_type"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        *texts("sha256"),
        sa.CheckConstraint("status IN ('draft', 'published', 'retired')", name="document_known_status"),
        sa.CheckConstraint("status <> 'published' OR file_version > 0", name="document_file"),
    )
    owned_indexes("document")
    index("document_status", "document", "status")
    index("document_language", "document", "language")
    op.create_index("document_words", "document", [sa.text("to_tsvector('simple', title)")], postgresql_using="gin")


def create_version() -> None:
    op.create_table(
        "document_version",
        sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *texts("file_name", "media_type"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        *texts("sha256", "added_by"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )


def create_upload() -> None:
    op.create_table(
        "upload",
        *owned(),
        sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), nullable=False),
        *texts("file_name", "media_type"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        *texts("sha256"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *texts("state"),
        sa.CheckConstraint("state IN ('waiting', 'confirmed', 'lapsed')", name="upload_known_state"),
        sa.CheckConstraint("size_bytes > 0", name="upload_size"),
    )
    owned_indexes("upload")
    index("upload_document_id", "upload", "document_id")


def create_download() -> None:
    op.create_table(
        "download",
        *owned(),
        sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), nullable=False),
        sa.Column("file_version", sa.Integer, nullable=False),
    )
    owned_indexes("download")
    index("download_document_id", "download", "document_id")


def downgrade() -> None:
    raise NotImplementedError("the logs are never dropped")
