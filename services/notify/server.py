"""What the api of notify answers."""

from __future__ import annotations

import grpc
from prm.notify.v1 import notifications_pb2, notifications_pb2_grpc

from chassis.rpc.host import ServiceHost
from services.notify.notifications.rpc import Notifications
from services.notify.settings import settings

GRPC_SERVICES = (notifications_pb2.DESCRIPTOR.services_by_name["Notifications"].full_name,)


def add_servicers(server: grpc.Server, host: ServiceHost) -> None:
    """Host them. Raises pydantic's ValidationError for wrong settings, before the port opens."""
    settings()
    notifications_pb2_grpc.add_NotificationsServicer_to_server(Notifications(), server)
