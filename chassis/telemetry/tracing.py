"""Traces that cross HTTP → gRPC → outbox → RabbitMQ → handler, carried as W3C `traceparent`."""

from __future__ import annotations

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.settings import SharedSettings

_PROPAGATOR = TraceContextTextMapPropagator()
tracer = trace.get_tracer("prm")


def setup_tracing(settings: SharedSettings, role: str) -> None:
    """Sample `trace_ratio` of the traces that begin here; export them by OTLP over HTTP when an endpoint is set."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.trace_ratio)), resource=Resource.create({"service.name": f"prm-{role}"})
    )
    if settings.traces_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_endpoint)))
    trace.set_tracer_provider(provider)


def parent(traceparent: str) -> otel_context.Context:
    """The context a `traceparent` header names; an empty one when it is missing or malformed."""
    return _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else otel_context.Context()


def traceparent() -> str:
    """The `traceparent` of the span that is running, or empty."""
    found = trace.get_current_span().get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}" if found.is_valid else ""


def trace_id() -> str:
    """The id of the trace that is running, hexadecimal, or empty."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""
