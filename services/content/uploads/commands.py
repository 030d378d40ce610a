"""A file comes in: announced, put by its owner straight into the store, read and checked, then kept under its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chassis.errors import InvalidArgument, NotFound
from chassis.storage import ObjectStore
from chassis.store.transaction import Transaction
from services.content.documents.model import Document, File
from services.content.documents.table import ADD_VERSION, DOCUMENTS
from services.content.files import file_key, store, upload_key
from services.content.settings import settings
from services.content.uploads.model import Upload, UploadDiffers, UploadMissing
from services.content.uploads.table import UPLOADS

LAPSE = "upload.lapse"
CLEAR = "upload.clear"
SLACK = timedelta(minutes=5)  # a PUT that began in time may end later


@dataclass(frozen=True)
class BeginUpload:
    """What will come, and for which document."""

    id: str
    file: File


@dataclass(frozen=True)
class ConfirmUpload:
    """Which upload of which document."""

    id: str
    upload_id: str


def begin_upload(tx: Transaction, cmd: BeginUpload) -> tuple[Upload, str]:
    """(the upload, where to PUT it). Raises StoreUnavailable, so that nobody gets a link to a dead store."""
    document = tx.load(DOCUMENTS, cmd.id)
    tx.authorize("update", document)
    document.require_open()
    if cmd.file.size_bytes > settings().max_bytes:
        raise InvalidArgument.field("size_bytes", f"Files may have {settings().max_bytes} bytes at most", "FILE_TOO_LARGE")
    lasts = timedelta(minutes=settings().upload_minutes)
    upload = Upload(
        **tx.stamp(UPLOADS),
        org_id=tx.subject.org_id,
        org_path=tx.subject.org_path,
        owner_id=tx.subject.id,
        document_id=document.id,
        expires_at=tx.now + lasts,
        **vars(cmd.file),
    )
    tx.add(UPLOADS, upload)
    upload.begin()
    tx.schedule(LAPSE, upload.id, upload.expires_at + SLACK)
    tx.schedule(CLEAR, upload.id, upload.expires_at + SLACK)
    files = store(tx.settings)
    files.ensure_bucket()
    return upload, files.put_url(upload_key(upload.id), lasts)


def confirm_upload(tx: Transaction, cmd: ConfirmUpload) -> Document:
    """Make the file the newest version. Raises UploadMissing, UploadDiffers, UploadClosed, StoreUnavailable."""
    document = tx.load(DOCUMENTS, cmd.id)
    tx.authorize("update", document)
    upload = tx.load(UPLOADS, cmd.upload_id)
    if upload.document_id != document.id:
        raise NotFound(f"There is no upload {cmd.upload_id} of this document", metadata={"resource": UPLOADS.resource})
    tx.authorize("confirm", upload)
    upload.require_waiting()
    document.add_version(upload.file)
    keep(store(tx.settings), upload)
    version = {"document_id": document.id, "number": document.file_version, "added_by": tx.subject.id, "added_at": tx.now}
    tx.connection.execute(ADD_VERSION, version | vars(upload.file))
    upload.confirm(document.file_version)
    tx.cancel(LAPSE, upload.id)
    return document


def keep(files: ObjectStore, upload: Upload) -> None:
    """Check what was put and keep it. All is read: a size and an etag prove nothing about the content.

    Who holds the link may put again at any moment; the etag ties reading and copying to one content.
    """
    put = files.stat(upload_key(upload.id))
    if put is None:
        raise UploadMissing("Put the file first, then confirm it")
    if put.size != upload.size_bytes:
        raise UploadDiffers(f"{put.size} bytes arrived, {upload.size_bytes} were announced")
    if files.sha256(put.key, put.etag) != upload.sha256:
        raise UploadDiffers("The content is not what was announced; put it again")
    key = file_key(upload.sha256)
    if files.stat(key) is None and files.copy(put.key, put.etag, key) is None:
        raise UploadDiffers("The content changed while it was checked; put it again")
