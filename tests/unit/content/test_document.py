from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.content.documents.model import Document, DocumentEmpty, File, Status, WrongDocumentStatus
from services.content.documents.table import DOCUMENTS, documents
from services.content.downloads.table import DOWNLOADS, downloads
from services.content.uploads.commands import keep
from services.content.uploads.model import State, Upload, UploadClosed, UploadDiffers, UploadMissing
from services.content.uploads.table import UPLOADS, uploads

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE = File("deck.pdf", "application/pdf", 10, "ab" * 32)
OWNED: dict[str, Any] = {"id": "x_1", "created_at": NOW, "updated_at": NOW, "org_id": "org_v", "org_path": "org_v.", "owner_id": "per_1"}


def document(**values: Any) -> Document:
    return Document(**OWNED | {"title": "Deck", "description": "", "language": "en", "tags": [], "tiers": []} | values)


def upload(**values: Any) -> Upload:
    return Upload(**OWNED | {"document_id": "doc_1", "expires_at": NOW} | vars(FILE) | values)


def test_a_document_without_a_file_is_never_seen():
    with pytest.raises(DocumentEmpty):
        document().publish()


def test_versions_count_up_and_the_newest_file_is_shown():
    one = document()
    one.add_version(FILE)
    one.add_version(File("deck2.pdf", "application/pdf", 11, "cd" * 32))
    assert (one.file_version, one.file_name, one.size_bytes, one.sha256) == (2, "deck2.pdf", 11, "cd" * 32)
    assert [getattr(fact, "file_version", 0) for fact in one.recorded] == [1, 2]


@pytest.mark.parametrize("act", [lambda one: one.update({"title": "x"}), lambda one: one.add_version(FILE), lambda one: one.retire()])
def test_a_retired_document_does_not_change(act):
    with pytest.raises(WrongDocumentStatus):
        act(document(status=Status.RETIRED, file_version=1))


def test_an_upload_is_confirmed_once_and_lapses_only_while_it_waits():
    one = upload()
    one.confirm(1)
    with pytest.raises(UploadClosed):
        one.confirm(2)
    one.lapse()
    assert one.state is State.CONFIRMED
    late = upload()
    late.lapse()
    with pytest.raises(UploadClosed):
        late.require_waiting()


@pytest.mark.parametrize(("mapping", "table"), [(DOCUMENTS, documents), (UPLOADS, uploads), (DOWNLOADS, downloads)])
def test_rows_have_every_column(mapping, table):
    assert set(mapping._types) == {column.name for column in table.columns}


class Store:
    """What the store said; contract tests hold the real one to it."""

    def __init__(self, put: Any, digest: str | None = "ab" * 32, copied: bool = True, kept: Any = None) -> None:
        self.put, self.digest, self.copied, self.kept = put, digest, copied, kept
        self.copies: list[tuple[str, str, str]] = []

    def stat(self, key):
        return self.put if key.startswith("uploads/") else self.kept

    def sha256(self, key, etag):
        return self.digest

    def copy(self, source, etag, key):
        self.copies.append((source, etag, key))
        return self.put if self.copied else None


class Put:
    key, size, etag = "uploads/x_1", 10, "e1"


def test_content_is_kept_under_its_digest():
    store: Any = Store(Put)
    keep(store, upload())
    assert store.copies == [("uploads/x_1", "e1", f"files/ab/{'ab' * 32}")]


def test_known_content_is_read_all_the_same_and_not_copied_again():
    store: Any = Store(Put, kept=Put)
    other: Any = Store(Put, digest="cd" * 32, kept=Put)
    keep(store, upload())
    assert store.copies == []
    with pytest.raises(UploadDiffers):
        keep(other, upload())


@pytest.mark.parametrize(
    ("store", "error"),
    [
        (Store(None), UploadMissing),
        (Store(type("P", (Put,), {"size": 11})), UploadDiffers),
        (Store(Put, digest="cd" * 32), UploadDiffers),
        (Store(Put, digest=None), UploadDiffers),
        (Store(Put, copied=False), UploadDiffers),
    ],
)
def test_what_is_not_what_was_announced_is_refused(store, error):
    with pytest.raises(error):
        keep(store, upload())
