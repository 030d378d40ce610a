"""content as data."""

from __future__ import annotations

from chassis.service import Service
from services.content.documents.table import DOCUMENTS
from services.content.downloads.table import downloads
from services.content.uploads.commands import CLEAR, LAPSE
from services.content.uploads.jobs import clear, lapse
from services.content.uploads.table import UPLOADS

SERVICE = Service(
    name="content",
    metadata=downloads.metadata,
    jobs={LAPSE: lapse},
    effects={CLEAR: clear},
    nouns=(DOCUMENTS, UPLOADS),
)
