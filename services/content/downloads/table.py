"""Where downloads are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.policy.filters import filter_index, owned_indexes
from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.content.downloads.model import Download
from services.content.schema import metadata

downloads = sa.Table(
    "download",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("document_id", sa.Text, sa.ForeignKey("document.id"), nullable=False),
    sa.Column("file_version", sa.Integer, nullable=False),
)
owned_indexes(downloads)
filter_index(downloads, "document_id")

DOWNLOADS = Mapping("download", "dwn", downloads, Download)
