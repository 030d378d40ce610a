"""A document and its states: draft → published → retired; a retired one may be published again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from prm.content.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Owned


class Status(Enum):
    """Where a document stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class WrongDocumentStatus(FailedPrecondition):
    """The document's status does not allow it."""

    reason = "DOCUMENT_WRONG_STATUS"


class DocumentEmpty(FailedPrecondition):
    """It has no file."""

    reason = "DOCUMENT_EMPTY"


@dataclass(frozen=True)
class File:
    """Content of a document. `sha256` is hexadecimal."""

    file_name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(kw_only=True)
class Document(Owned):
    """`owner_id` keeps it right. Its file is that of the newest version; `file_version` 0 is none.

    Partners of `tiers` see it once it is published; all do when there is none.
    """

    title: str
    description: str
    language: str
    tags: list[str]
    tiers: list[str]
    status: Status = Status.DRAFT
    file_version: int = 0
    file_name: str = ""
    media_type: str = ""
    size_bytes: int = 0
    sha256: str = ""

    def create(self) -> None:
        """The draft begins."""
        self.record(events_pb2.DocumentCreated(document_id=self.id))

    def update(self, values: Mapping[str, Any]) -> None:
        """Write it anew; nothing happens where all values are as before."""
        self.require_open()
        changed = self.take_over(values)
        if changed:
            self.record(events_pb2.DocumentUpdated(document_id=self.id, fields=changed))

    def add_version(self, file: File) -> None:
        """A file arrived."""
        self.require_open()
        self.take_over(vars(file))
        self.file_version += 1
        fact = events_pb2.DocumentVersionAdded(document_id=self.id, file_version=self.file_version)
        fact.sha256, fact.size_bytes = file.sha256, file.size_bytes
        self.record(fact)

    def publish(self) -> None:
        """Show it to partners."""
        self._require(Status.DRAFT, Status.RETIRED)
        self.require_file()
        self.status = Status.PUBLISHED
        self.record(events_pb2.DocumentPublished(document_id=self.id))

    def retire(self) -> None:
        """Take it out of sight."""
        self._require(Status.PUBLISHED)
        self.status = Status.RETIRED
        self.record(events_pb2.DocumentRetired(document_id=self.id))

    def require_file(self) -> None:
        """Raises DocumentEmpty."""
        if not self.file_version:
            raise DocumentEmpty("It has no file yet")

    def require_open(self) -> None:
        """Raises WrongDocumentStatus for one that is retired."""
        self._require(Status.DRAFT, Status.PUBLISHED)

    def _require(self, *statuses: Status) -> None:
        if self.status not in statuses:
            wanted = " or ".join(status.value for status in statuses)
            raise WrongDocumentStatus(f"The document is {self.status.value}; this needs it {wanted}")
