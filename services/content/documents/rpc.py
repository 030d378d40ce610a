"""`prm.content.v1.Documents`: translates, decides nothing. Errors and rights stand in documents.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from prm.content.v1 import documents_pb2, documents_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Question
from chassis.times import to_timestamp
from services.content.documents import commands, queries
from services.content.documents.model import Document, File
from services.content.downloads.commands import DownloadDocument, download_document
from services.content.uploads.commands import BeginUpload, ConfirmUpload, begin_upload, confirm_upload

READ: dict[str, Callable[[documents_pb2.Document], Any]] = {
    "title": lambda message: message.title,
    "description": lambda message: message.description,
    "language": lambda message: message.language,
    "tags": lambda message: list(message.tags),
    "tiers": lambda message: list(message.tiers),
}


class Documents(documents_pb2_grpc.DocumentsServicer):
    """Documents for partners."""

    def CreateDocument(self, request: documents_pb2.CreateDocumentRequest, context: grpc.ServicerContext) -> documents_pb2.Document:
        """Open a draft without a file."""
        command = commands.CreateDocument(**{name: read(request.document) for name, read in READ.items()})
        return to_proto(commands.create_document(transaction(context), command))

    def GetDocument(self, request: documents_pb2.GetDocumentRequest, context: grpc.ServicerContext) -> documents_pb2.Document:
        """One document."""
        return to_proto(queries.get_document(reading(context), request.id))

    def ListDocuments(
        self, request: documents_pb2.ListDocumentsRequest, context: grpc.ServicerContext
    ) -> documents_pb2.ListDocumentsResponse:
        """The documents the caller may see."""
        question = Question(request.page_size, request.page_token, request.filter)
        page = queries.list_documents(reading(context), question, request.search)
        return documents_pb2.ListDocumentsResponse(documents=map(to_proto, page.items), next_page_token=page.next_token)

    def UpdateDocument(self, request: documents_pb2.UpdateDocumentRequest, context: grpc.ServicerContext) -> documents_pb2.Document:
        """Change it."""
        names = fields_to_change(request.document, request.update_mask, READ)
        command = commands.UpdateDocument(request.document.id, request.etag, {name: READ[name](request.document) for name in names})
        return to_proto(commands.update_document(transaction(context), command))

    def PublishDocument(self, request: documents_pb2.PublishDocumentRequest, context: grpc.ServicerContext) -> documents_pb2.Document:
        """Show it to partners."""
        return to_proto(commands.publish_document(transaction(context), commands.PublishDocument(request.id, request.etag)))

    def RetireDocument(self, request: documents_pb2.RetireDocumentRequest, context: grpc.ServicerContext) -> documents_pb2.Document:
        """Take it out of sight."""
        return to_proto(commands.retire_document(transaction(context), commands.RetireDocument(request.id, request.etag)))

    def BeginUpload(self, request: documents_pb2.BeginUploadRequest, context: grpc.ServicerContext) -> documents_pb2.BeginUploadResponse:
        """A place to PUT the file to."""
        file = File(request.file_name, request.media_type, request.size_bytes, request.sha256)
        upload, url = begin_upload(transaction(context), BeginUpload(request.id, file))
        return documents_pb2.BeginUploadResponse(url=url, expire_time=to_timestamp(upload.expires_at), upload_id=upload.id)

    def ConfirmUpload(self, request: documents_pb2.ConfirmUploadRequest, context: grpc.ServicerContext) -> documents_pb2.Document:
        """The file is there."""
        return to_proto(confirm_upload(transaction(context), ConfirmUpload(request.id, request.upload_id)))

    def DownloadDocument(
        self, request: documents_pb2.DownloadDocumentRequest, context: grpc.ServicerContext
    ) -> documents_pb2.DownloadDocumentResponse:
        """A link to the file."""
        link = download_document(transaction(context), DownloadDocument(request.id))
        return documents_pb2.DownloadDocumentResponse(url=link.url, expire_time=to_timestamp(link.expires_at))


def to_proto(document: Document) -> documents_pb2.Document:
    """As the contract shows it."""
    return documents_pb2.Document(
        id=document.id,
        title=document.title,
        description=document.description,
        language=document.language,
        tags=document.tags,
        tiers=document.tiers,
        status=documents_pb2.Document.Status.Value(document.status.name),
        file_version=document.file_version,
        file_name=document.file_name,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        owner_id=document.owner_id,
        create_time=to_timestamp(document.created_at),
        update_time=to_timestamp(document.updated_at),
        etag=document.etag,
    )
