"""The outermost layer: a trace begins, rate and duration are counted, one line is logged. No address, query or body in it."""

from __future__ import annotations

import time

import structlog
from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.telemetry import tracing
from gateway.telemetry import HttpMetrics, route_of

log = structlog.get_logger()
QUIET = ("/healthz", "/static/")


class AccessLog:
    """ASGI middleware. The answer carries the trace id, which finds it in every log of the suite."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, outcome = time.perf_counter(), {"status": 0, "bytes": 0}
        remote = tracing.parent(Headers(scope=scope).get("traceparent", ""))
        with tracing.tracer.start_as_current_span("HTTP", context=remote, kind=trace.SpanKind.SERVER) as span:
            try:
                await self._app(scope, receive, _counting(send, outcome))
            finally:
                self._done(scope, outcome, time.perf_counter() - began, span)

    def _done(self, scope: Scope, outcome: dict[str, int], seconds: float, span: trace.Span) -> None:
        method, route, status = scope["method"], route_of(scope), outcome["status"] or 499
        span.update_name(f"{method} {route}")
        span.set_attribute("http.response.status_code", status)
        self._metrics.observe(method, route, status, seconds, stream=outcome.get("stream", 0) == 1)
        if not scope["path"].startswith(QUIET):
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), bytes=outcome["bytes"])


def _counting(send: Send, outcome: dict[str, int]) -> Send:
    trace_id = tracing.trace_id()

    async def counted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            outcome["status"] = message["status"]
            outcome["stream"] = int(headers.get("content-type", "").startswith("text/event-stream"))
            if trace_id:
                headers["X-Trace-Id"] = trace_id
            message["headers"] = headers.raw
        elif message["type"] == "http.response.body":
            outcome["bytes"] += len(message.get("body", b""))
        await send(message)

    return counted
