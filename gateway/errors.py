"""The one error that pages and REST see: what a service or the gateway itself refused, in HTTP's terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

# What each gRPC code is in HTTP. A state that forbids something is a conflict, not a malformed request.
STATUS = {
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
STALE = "ETAG_MISMATCH"
DETAILS_KEY = "grpc-status-details-bin"
AWAY = frozenset({429, 499, 500, 501, 503, 504})
BACK_SECONDS = 2.0  # when to repeat what nobody answered: a part that died is started again within a few seconds


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of the request and what is wrong with it. `field` is its path, `registration.customer.tax_id`."""

    field: str
    description: str
    reason: str = "INVALID"


class ApiError(Exception):
    """A refusal. `reason` is permanent and public; `detail` is fit for the caller.

    `status` is the HTTP status (412 for a stale etag), `retry_after` seconds until repeating may help, `decision_id` the
    decision of policy behind a 403, `headers` go with the HTTP answer, `domain` is who refused (`deals.prm`,
    `gateway.prm`), `since` when that service last answered.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        fields: Sequence[FieldProblem] = (),
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        domain: str = "gateway.prm",
        headers: Mapping[str, str] | None = None,
        since: datetime | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}: {detail}")
        self.status, self.reason, self.detail = status, reason, detail
        self.fields = tuple(fields)
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after
        self.domain, self.since = domain, since
        retry = {} if retry_after is None else {"Retry-After": str(max(math.ceil(retry_after), 1))}
        self.headers = dict(headers or {}) | retry

    @property
    def service(self) -> str:
        """Who refused: a service's name, or `gateway`."""
        return self.domain.partition(".")[0]

    @property
    def decision_id(self) -> str:
        """The decision that refused it, `dec_…`; empty when policy was not asked."""
        return self.metadata.get("decision_id", "")

    @property
    def away(self) -> bool:
        """Whether a part could not answer, as against having answered no."""
        return self.status in AWAY


def bad_request(reason: str, detail: str, *fields: FieldProblem) -> ApiError:
    """400: the request itself is wrong."""
    return ApiError(400, reason, detail, fields=fields)


def from_rpc(error: grpc.aio.AioRpcError, service: str, since: datetime | None = None) -> ApiError:
    """What a service answered, with its reason, fields, delay and decision; `since` is when it last answered at all."""
    details = _details(error)
    info, fields, delay = _Info("", f"{service}.prm", {}), [], None
    for detail in details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = _info(detail.value)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            fields = _fields(detail.value)
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            delay = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay.ToTimedelta().total_seconds()
    found = _assembled(error, service, info, fields, delay)
    found.since = since
    return found


def answered(error: grpc.aio.AioRpcError) -> bool:
    """Whether the service itself refused, as against the way to it."""
    return bool(_details(error))


def unreachable(service: str, since: datetime | None) -> ApiError:
    """503 for a service without a connection."""
    code = grpc.StatusCode.UNAVAILABLE
    detail = _TRANSPORT[code].format(service=service)
    reason = f"{service.upper()}_{code.name}"
    return ApiError(503, reason, detail, retry_after=BACK_SECONDS, domain=f"{service}.prm", since=since)


@dataclass(frozen=True)
class _Info:
    reason: str
    domain: str
    metadata: dict[str, str]


def _assembled(error: grpc.aio.AioRpcError, service: str, info: _Info, fields: list[FieldProblem], delay: float | None) -> ApiError:
    code = error.code()
    status = 412 if info.reason == STALE else STATUS.get(code, 500)
    ours = bool(info.reason)  # a text that the transport made names addresses: it is not for callers
    detail = (error.details() or "") if ours else _TRANSPORT.get(code, "Something went wrong on our side").format(service=service)
    reason = info.reason or (f"{service.upper()}_{code.name}" if status >= 500 else code.name)
    headers = {"WWW-Authenticate": 'Bearer realm="prm"'} if status == 401 else {}
    delay = BACK_SECONDS if status == 503 and delay is None else delay
    return ApiError(status, reason, detail, fields=fields, metadata=info.metadata, retry_after=delay, domain=info.domain, headers=headers)


_TRANSPORT = {
    grpc.StatusCode.UNAVAILABLE: "The {service} service cannot be reached now",
    grpc.StatusCode.DEADLINE_EXCEEDED: "The {service} service did not answer in time",
    grpc.StatusCode.UNIMPLEMENTED: "The {service} service does not offer this yet",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "This is more than the {service} service takes at once",
}


def _details(error: grpc.aio.AioRpcError) -> list[any_pb2.Any]:
    value = dict(cast("Iterable[tuple[str, bytes]]", error.trailing_metadata() or ())).get(DETAILS_KEY, b"")
    try:
        return list(status_pb2.Status.FromString(value).details)
    except DecodeError:
        return []


def _info(value: bytes) -> _Info:
    info = error_details_pb2.ErrorInfo.FromString(value)
    return _Info(info.reason, info.domain, dict(info.metadata))


def _fields(value: bytes) -> list[FieldProblem]:
    violations = error_details_pb2.BadRequest.FromString(value).field_violations
    return [FieldProblem(item.field, item.description, item.reason or "INVALID") for item in violations]
