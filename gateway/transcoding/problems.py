"""Refusals as problem details (RFC 9457), with the permanent reason, the fields, the decision and the trace."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from chassis.telemetry import tracing
from gateway.errors import ApiError
from gateway.transcoding.answers import dump

PROBLEM = "application/problem+json"
TYPE = "urn:prm:problem:"


def problem(error: ApiError) -> dict[str, Any]:
    """The refusal as JSON values. `type` and `reason` are permanent; `title` and `detail` are for people and may change."""
    members: dict[str, Any] = {
        "type": TYPE + error.reason.lower().replace("_", "-"),
        "title": error.reason.replace("_", " ").capitalize(),
        "status": error.status,
        "detail": error.detail,
        "reason": error.reason,
        "domain": error.domain,
    }
    if error.fields:
        members["errors"] = [{"field": item.field, "description": item.description, "reason": item.reason} for item in error.fields]
    extra = {name: value for name, value in error.metadata.items() if name not in ("decision_id", "trace_id")}
    members |= {"decision_id": error.decision_id} if error.decision_id else {}
    members |= {"metadata": extra} if extra else {}
    trace = error.metadata.get("trace_id") or tracing.trace_id()
    return members | ({"trace_id": trace} if trace else {})


def problem_response(error: ApiError) -> Response:
    """The HTTP answer."""
    return Response(dump(problem(error)), status_code=error.status, media_type=PROBLEM, headers=error.headers)
