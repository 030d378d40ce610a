"""A download: the fact that somebody got a link."""

from __future__ import annotations

from dataclasses import dataclass

from prm.content.v1 import events_pb2

from chassis.store.entity import Owned


@dataclass(kw_only=True)
class Download(Owned):
    """`owner_id` got a link to a version of a document."""

    document_id: str
    file_version: int

    def start(self) -> None:
        """The link is out."""
        fact = events_pb2.DownloadStarted(download_id=self.id, document_id=self.document_id, person_id=self.owner_id)
        fact.file_version = self.file_version
        self.record(fact)
