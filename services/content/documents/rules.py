"""What a document must look like. No I/O."""

from __future__ import annotations

from chassis.errors import require_fields
from services.content.documents.model import Document


def require_sound(document: Document) -> None:
    """Raises InvalidArgument naming every field that is wrong."""
    require_fields(
        ("document.title", bool(document.title.strip()), "Give it a title"),
        ("document.language", bool(document.language), "Say which language it is in, for example en"),
    )
