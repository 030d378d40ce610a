"""What the api of content answers."""

from __future__ import annotations

import grpc
from prm.content.v1 import documents_pb2, documents_pb2_grpc

from chassis.rpc.host import ServiceHost
from services.content.documents.rpc import Documents
from services.content.settings import settings

GRPC_SERVICES = (documents_pb2.DESCRIPTOR.services_by_name["Documents"].full_name,)


def add_servicers(server: grpc.Server, host: ServiceHost) -> None:
    """Host them. Raises pydantic's ValidationError for wrong settings, before the port opens."""
    settings()
    documents_pb2_grpc.add_DocumentsServicer_to_server(Documents(), server)
