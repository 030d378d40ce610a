"""Why a transaction runs; its events and audit records carry it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """The request, the trace, and the event or job before it."""

    request_id: str = ""
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""
    action: str = ""
