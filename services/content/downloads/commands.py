"""A file goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import FailedPrecondition
from chassis.store.transaction import Transaction
from services.content.documents.table import DOCUMENTS
from services.content.downloads.model import Download
from services.content.downloads.table import DOWNLOADS
from services.content.files import file_key, store
from services.content.settings import settings


class FileMissing(FailedPrecondition):
    """The store has lost the file."""

    reason = "FILE_MISSING"


@dataclass(frozen=True)
class DownloadDocument:
    """Which one."""

    id: str


@dataclass(frozen=True)
class Link:
    """Where the bytes can be had, and until when."""

    url: str
    expires_at: datetime


def download_document(tx: Transaction, cmd: DownloadDocument) -> Link:
    """A link to the newest version, for a few minutes; recorded. The document is not locked: many download at once."""
    document = tx.get(DOCUMENTS, cmd.id)
    tx.authorize("download", document)
    document.require_file()
    files, key = store(tx.settings), file_key(document.sha256)
    if files.stat(key) is None:
        raise FileMissing("The file is not in the store; tell whoever runs it")
    download = Download(
        **tx.stamp(DOWNLOADS),
        org_id=tx.subject.org_id,
        org_path=tx.subject.org_path,
        owner_id=tx.subject.id,
        document_id=document.id,
        file_version=document.file_version,
    )
    tx.add(DOWNLOADS, download)
    download.start()
    lasts = timedelta(minutes=settings().download_minutes)
    return Link(files.get_url(key, lasts, file_name=document.file_name, media_type=document.media_type), tx.now + lasts)
