"""Reading documents."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.reading import Filter, Listing, Page, Question, Reading
from services.content.documents.model import Document, Status
from services.content.documents.table import DOCUMENTS, WORDS

LISTING = Listing(
    orders={"create_time desc": ("created_at", True)},
    filters={
        "status": Filter("status", convert=lambda text: Status[text].value),
        "language": Filter("language"),
    },
)


def get_document(reading: Reading, id: str) -> Document:
    """Raises NotFound, also where the reader may not see it."""
    return reading.get(DOCUMENTS, id)


def list_documents(reading: Reading, question: Question, search: str) -> Page[Document]:
    """Newest first; with `search` those whose title has all its words."""
    words = sa.func.plainto_tsquery(sa.text("'simple'"), search)
    return reading.page(DOCUMENTS, LISTING, question, also=[WORDS.bool_op("@@")(words)] if search.strip() else [])
