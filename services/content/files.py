"""Where the bytes are: uploads by their id until they are confirmed, files by their digest for good."""

from __future__ import annotations

from functools import cache

from chassis.settings import SharedSettings
from chassis.storage import ObjectStore
from services.content.settings import settings


@cache
def store(shared: SharedSettings) -> ObjectStore:
    """The bucket of this service."""
    return ObjectStore(shared, settings().bucket)


def upload_key(upload_id: str) -> str:
    """Where an upload is put."""
    return f"uploads/{upload_id}"


def file_key(sha256: str) -> str:
    """Where content with this digest is kept; the same content is kept once."""
    return f"files/{sha256[:2]}/{sha256}"
