"""JSON logs: a constant name plus ids; never personal data, tokens or bodies."""

from __future__ import annotations

import logging
import sys

import structlog
from opentelemetry import trace


def setup_logs(level: str) -> None:
    """Send the suite's and the libraries' logs to standard output, one JSON object a line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _add_trace,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    rest: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(processors=rest, foreign_pre_chain=shared)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.getLogger("grpc._cython.cygrpc").addFilter(_without_metadata)
    logging.basicConfig(level=max(logging.WARNING, logging.getLevelName(level)), handlers=[handler], force=True)


def _without_metadata(record: logging.LogRecord) -> bool:
    """grpc logs metadata that is no UTF-8 in full, as an error: a caller could fill the log, and tokens would stand in it."""
    return not record.msg.startswith("Invalid encoding") if isinstance(record.msg, str) else True


def _add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event
