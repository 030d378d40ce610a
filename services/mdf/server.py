"""What the api of mdf answers."""

from __future__ import annotations

import grpc
from prm.mdf.v1 import budgets_pb2, budgets_pb2_grpc

from chassis.rpc.host import ServiceHost
from services.mdf.budgets.rpc import Budgets
from services.mdf.settings import settings

GRPC_SERVICES = (budgets_pb2.DESCRIPTOR.services_by_name["Budgets"].full_name,)


def add_servicers(server: grpc.Server, host: ServiceHost) -> None:
    """Host them. Raises pydantic's ValidationError for wrong settings, before the port opens."""
    settings()
    budgets_pb2_grpc.add_BudgetsServicer_to_server(Budgets(), server)
