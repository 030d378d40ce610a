"""Errors of the suite as google.rpc.Status: one table, used by one interceptor."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis.errors import DomainError, Kind

CODES = {kind: grpc.StatusCode[kind.name] for kind in Kind}
Metadata = tuple[tuple[str, str], ...]
# Channels repeat UNAVAILABLE by themselves. Not these: policy refuses at once, what waits for facts knows how long, and a silent
# store has taken seconds already, so that repeating would end in a deadline which says nothing. (gRFC A6)
FOR_THE_CALLER = frozenset({"POLICY_UNAVAILABLE", "ACCESS_FACTS_BEHIND", "STORE_UNAVAILABLE"})
NO_RETRY: Metadata = (("grpc-retry-pushback-ms", "-1"),)
INTERNAL_TEXT = "Something went wrong on our side; the trace id finds it in the logs"


def status_of(error: DomainError, service: str) -> grpc.Status:
    """Code, text and details: ErrorInfo always; BadRequest with fields; RetryInfo where repeating helps."""
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=f"{service}.prm", metadata=error.metadata),
    ]
    if error.fields:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=item.field, description=item.text, reason=item.reason)
            for item in error.fields
        ]
        details.append(error_details_pb2.BadRequest(field_violations=violations))
    if error.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(error.retry_after)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return _status(CODES[error.kind], error.text, details, NO_RETRY if error.reason in FOR_THE_CALLER else ())


def internal_status(service: str, trace_id: str) -> grpc.Status:
    """What a caller learns of a defect: nothing but the trace id."""
    info = error_details_pb2.ErrorInfo(reason="INTERNAL", domain=f"{service}.prm", metadata={"trace_id": trace_id})
    return _status(grpc.StatusCode.INTERNAL, INTERNAL_TEXT, [info])


def _status(code: grpc.StatusCode, text: str, details: list[Message], metadata: Metadata = ()) -> grpc.Status:
    packed = []
    for detail in details:
        item = any_pb2.Any()
        item.Pack(detail)
        packed.append(item)
    status: Any = rpc_status.to_status(status_pb2.Status(code=code.value[0], message=text, details=packed))
    found: grpc.Status = status._replace(trailing_metadata=(*status.trailing_metadata, *metadata))
    return found
