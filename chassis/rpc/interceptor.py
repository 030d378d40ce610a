"""The one interceptor: telemetry, deadline, authentication, validation, the transaction, masks and errors, in that order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

import grpc
import structlog
from google.protobuf.message import DecodeError, Message
from opentelemetry import trace
from prm.options_pb2 import Access

from chassis import deadline
from chassis.cause import Cause
from chassis.errors import DomainError, InvalidArgument, ResourceExhausted, Unavailable
from chassis.policy.subject import Subject
from chassis.rpc import access
from chassis.rpc.context import Call
from chassis.rpc.host import ANONYMOUS, ServiceHost
from chassis.rpc.masking import apply_masks, shows_rows
from chassis.rpc.requests import answer_once, refuse_masked_fields
from chassis.rpc.standing import Standing
from chassis.rpc.statuses import internal_status, status_of
from chassis.rpc.validation import validate
from chassis.telemetry import tracing
from chassis.telemetry.rpc import RpcMetrics

log = structlog.get_logger()
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
OPEN = ("/grpc.health.v1.", "/grpc.reflection.")
NO_DEADLINE = 10**9  # grpc reports 9.2e18 seconds when the caller set none
MARGIN = timedelta(milliseconds=50)
SLOW_SECONDS = 1.0


@dataclass(frozen=True)
class Undecodable:
    """Stands for a request whose bytes are not the message they should be."""

    text: str


class Interceptor(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in its types only
    """Wraps every handler once. Streams run on threads of their own, counted, so that they take none from calls."""

    def __init__(self, host: ServiceHost, metrics: RpcMetrics) -> None:
        self._host, self._metrics = host, metrics
        self._wrapped: dict[str, Handler] = {}
        limit = host.own.stream_threads
        self._stream_slots = threading.BoundedSemaphore(limit)
        self._stream_threads = ThreadPoolExecutor(limit + 2, thread_name_prefix=f"{host.name}-stream")

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Handler | None:
        """grpc asks for each call; the answer is kept by method."""
        name = handler_call_details.method
        if name not in self._wrapped:
            handler = continuation(handler_call_details)
            if handler is None:
                return None
            self._wrapped[name] = self._wrap(name, handler)
        return self._wrapped[name]

    def _wrap(self, name: str, handler: Any) -> Handler:
        if name.startswith(OPEN):
            return self._open(handler)
        method = access.method(name)
        decode = _tolerant(handler.request_deserializer)
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(self._unary(name, method, handler.unary_unary), decode, handler.response_serializer)
        behaviour = self._on_stream_thread(self._stream(name, method, handler.unary_stream))
        return grpc.unary_stream_rpc_method_handler(behaviour, decode, handler.response_serializer)

    def _open(self, handler: Any) -> Handler:
        """Health and reflection: no token, but their streams are counted like any other."""
        if handler.stream_stream is not None:
            counted = self._on_stream_thread(self._counted(handler.stream_stream))
            return grpc.stream_stream_rpc_method_handler(counted, handler.request_deserializer, handler.response_serializer)
        if handler.unary_stream is not None:
            counted = self._on_stream_thread(self._counted(handler.unary_stream))
            return grpc.unary_stream_rpc_method_handler(counted, handler.request_deserializer, handler.response_serializer)
        return handler  # type: ignore[no-any-return]

    def _on_stream_thread(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        behaviour.experimental_thread_pool = self._stream_threads  # type: ignore[attr-defined]  # grpc's own hook
        return behaviour

    def _counted(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            if not self._stream_slots.acquire(blocking=False):
                context.abort_with_status(status_of(_too_many_streams(), self._host.name))
            try:
                yield from behaviour(request, context)
            finally:
                self._stream_slots.release()

        return stream

    def _unary(self, name: str, method: access.Method | None, behaviour: Callable[..., Message]) -> Callable[..., Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            with self._observed(name, method, context) as outcome:
                try:
                    return self._answer(name, method, behaviour, request, context, outcome)
                except Exception as error:  # noqa: BLE001 - whatever it was becomes a status here
                    outcome.status = self._refused(name, error, outcome)
            context.abort_with_status(outcome.status)

        return answer

    def _stream(self, name: str, method: access.Method | None, behaviour: Callable[..., Iterator[Message]]) -> Callable[..., Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            with self._observed(name, method, context) as outcome:
                try:
                    call = self._call(name, method, request, context, outcome)
                    assert method is not None  # _call refused it otherwise
                    call.active = Standing(self._host, method.access, call.subject, _metadata(context, "authorization"), context.is_active)
                    with call.resources:
                        for message in behaviour(request, call):
                            self._mask(message, call.subject)
                            yield message
                    return
                except Exception as error:  # noqa: BLE001 - whatever it was becomes a status here
                    outcome.status = self._refused(name, error, outcome)
            context.abort_with_status(outcome.status)

        return self._counted(answer)

    def _answer(
        self, name: str, method: access.Method | None, behaviour: Callable[..., Message], request: Any, context: Any, outcome: Outcome
    ) -> Message:
        call = self._call(name, method, request, context, outcome)
        assert method is not None  # _call refused it otherwise
        with call.resources:
            if method.access.mutation:
                response = self._mutate(method, behaviour, request, call)
            else:
                response = behaviour(request, call)
        if shows_rows(response.DESCRIPTOR):
            self._mask(response, call.subject)
        return response

    def _call(self, name: str, method: access.Method | None, request: Any, context: Any, outcome: Outcome) -> Call:
        """Everything that comes before the servicer. The order is part of the contract."""
        if method is None:
            raise Unavailable("This method has no access rule", reason="ACCESS_RULE_MISSING")
        outcome.cause = cause = _cause(method, request, context)
        call = Call(self._host, ANONYMOUS, cause, lambda: _remaining(context), context.is_active, context.peer())
        deadline.begin(call.remaining)
        if method.access.mutation and call.remaining() is None:
            raise InvalidArgument("Set a deadline: a call that changes something needs one", reason="DEADLINE_REQUIRED")
        if not method.access.public:
            call.subject = outcome.subject = self._host.authenticate(_metadata(context, "authorization"))
        if isinstance(request, Undecodable):
            raise InvalidArgument(request.text, reason="UNDECODABLE")
        validate(request)
        self._require_some_right(method.access, call.subject)
        return call

    def _require_some_right(self, rule: Access, subject: Subject) -> None:
        """Refuse at the door whoever may do this to no row at all, whatever the servicer looks at later."""
        if rule.resource:
            self._host.policy.require(subject, rule.action, rule.resource, now=self._host.clock.now())

    def _mutate(self, method: access.Method, behaviour: Callable[..., Message], request: Message, call: Call) -> Message:
        refuse_masked_fields(request, lambda resource: self._masks(call.subject, resource))
        left = call.remaining()
        timeout = None if left is None else max(left - MARGIN, timedelta(milliseconds=1))
        with self._host.transaction(call.subject, call.cause, fresh=method.access.fresh, timeout=timeout) as tx:
            call.open_transaction = tx
            return answer_once(tx, method, request, lambda: behaviour(request, call))

    def _mask(self, message: Message, subject: Subject) -> None:
        apply_masks(message, lambda resource: self._masks(subject, resource))

    def _masks(self, subject: Subject, resource: str) -> Any:
        if subject is ANONYMOUS:
            return {}
        return self._host.policy.masks(subject, resource, now=self._host.clock.now())

    def _refused(self, name: str, error: Exception, outcome: Outcome) -> grpc.Status:
        if isinstance(error, DomainError):
            outcome.code = error.kind.value
            outcome.reason = error.reason
            self._host.record_refusal(error, outcome.subject, outcome.cause)
            return status_of(error, self._host.name)
        outcome.code = "INTERNAL"
        log.exception("call_failed", method=name, service=self._host.name)
        return internal_status(self._host.name, tracing.trace_id())

    @contextmanager
    def _observed(self, name: str, method: access.Method | None, context: grpc.ServicerContext) -> Iterator[Outcome]:
        outcome, began = Outcome(ANONYMOUS), time.perf_counter()
        remote = tracing.parent(_metadata(context, "traceparent"))
        with tracing.tracer.start_as_current_span(name, context=remote, kind=trace.SpanKind.SERVER) as span:
            yield outcome
            seconds = time.perf_counter() - began
            span.set_attribute("rpc.grpc.status", outcome.code)
            self._metrics.observe(self._host.name, name, outcome.code, seconds)
            if outcome.code != "OK" or seconds > SLOW_SECONDS or (method is not None and method.access.mutation):
                _log_call(name, outcome, seconds)


@dataclass
class Outcome:
    """What became of a call, for metrics, log and audit."""

    subject: Subject
    cause: Cause = field(default_factory=Cause)
    code: str = "OK"
    reason: str = ""
    status: grpc.Status | None = None


def _log_call(name: str, outcome: Outcome, seconds: float) -> None:
    log.info(
        "call",
        method=name,
        code=outcome.code,
        reason=outcome.reason,
        subject=outcome.subject.id,
        request_id=outcome.cause.request_id,
        ms=round(seconds * 1000, 1),
    )


def _too_many_streams() -> ResourceExhausted:
    return ResourceExhausted("Too many streams are open here", reason="TOO_MANY_STREAMS", retry_after=timedelta(seconds=5))


def _tolerant(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """grpc answers INTERNAL when a body does not decode; it is the caller's mistake, so let the interceptor say so."""

    def decoded(body: bytes) -> Any:
        try:
            return decode(body)
        except (DecodeError, UnicodeDecodeError):
            return Undecodable("The body is not the message this method takes")

    return decoded


def _metadata(context: grpc.ServicerContext, key: str) -> str:
    for name, value in context.invocation_metadata():
        if name == key:
            return value if isinstance(value, str) else value.decode("latin-1")
    return ""


def _remaining(context: grpc.ServicerContext) -> timedelta | None:
    seconds: float | None = context.time_remaining()  # None without a deadline, whatever its stub says
    return None if seconds is None or seconds > NO_DEADLINE else timedelta(seconds=max(seconds, 0))


def _cause(method: access.Method, request: Any, context: grpc.ServicerContext) -> Cause:
    request_id = str(getattr(request, "request_id", ""))
    return Cause(
        request_id=request_id,
        correlation_id=_metadata(context, "x-correlation-id")[:64] or request_id,
        traceparent=tracing.traceparent(),
        action=f"{method.access.resource}.{method.access.action}",
    )
