"""What the api of deals answers."""

from __future__ import annotations

import grpc
from prm.deals.v1 import programme_pb2, programme_pb2_grpc, registrations_pb2, registrations_pb2_grpc

from chassis.rpc.host import ServiceHost
from services.deals.programme.rpc import Programme
from services.deals.registrations.rpc import Registrations

GRPC_SERVICES = (
    programme_pb2.DESCRIPTOR.services_by_name["Programme"].full_name,
    registrations_pb2.DESCRIPTOR.services_by_name["Registrations"].full_name,
)


def add_servicers(server: grpc.Server, host: ServiceHost) -> None:
    """Host them."""
    programme_pb2_grpc.add_ProgrammeServicer_to_server(Programme(), server)
    registrations_pb2_grpc.add_RegistrationsServicer_to_server(Registrations(), server)
