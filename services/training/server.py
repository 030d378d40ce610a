"""What the api of training answers."""

from __future__ import annotations

import grpc
from prm.training.v1 import courses_pb2, courses_pb2_grpc

from chassis.rpc.host import ServiceHost
from services.training.courses.rpc import Courses

GRPC_SERVICES = (courses_pb2.DESCRIPTOR.services_by_name["Courses"].full_name,)


def add_servicers(server: grpc.Server, host: ServiceHost) -> None:
    """Host them."""
    courses_pb2_grpc.add_CoursesServicer_to_server(Courses(), server)
