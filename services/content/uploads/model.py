"""An upload and its states: waiting → confirmed | lapsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from prm.content.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Owned
from services.content.documents.model import File


class State(Enum):
    """Where an upload stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"


class UploadMissing(FailedPrecondition):
    """Nothing was put there yet."""

    reason = "UPLOAD_MISSING"


class UploadDiffers(FailedPrecondition):
    """What was put there is not what was announced."""

    reason = "UPLOAD_DIFFERS"


class UploadClosed(FailedPrecondition):
    """It was confirmed already, or its time is over."""

    reason = "UPLOAD_CLOSED"


@dataclass(kw_only=True)
class Upload(Owned):
    """A file announced for a document; `owner_id` puts it until `expires_at`."""

    document_id: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    expires_at: datetime
    state: State = State.WAITING

    @property
    def file(self) -> File:
        """What was announced."""
        return File(self.file_name, self.media_type, self.size_bytes, self.sha256)

    def begin(self) -> None:
        """It may be put."""
        self.record(events_pb2.UploadBegun(upload_id=self.id, document_id=self.document_id))

    def require_waiting(self) -> None:
        """Raises UploadClosed."""
        if self.state is not State.WAITING:
            raise UploadClosed(f"The upload is {self.state.value}; begin another")

    def confirm(self, file_version: int) -> None:
        """It became a version of its document."""
        self.require_waiting()
        self.state = State.CONFIRMED
        self.record(events_pb2.UploadConfirmed(upload_id=self.id, document_id=self.document_id, file_version=file_version))

    def lapse(self) -> None:
        """Nobody confirmed it in time; no-op for one that was confirmed."""
        if self.state is State.WAITING:
            self.state = State.LAPSED
            self.record(events_pb2.UploadLapsed(upload_id=self.id, document_id=self.document_id))
