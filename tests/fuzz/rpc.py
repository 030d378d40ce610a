"""Requests over gRPC: every method of every service, by every caller, whole and broken."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from chassis.settings import SERVICES
from gateway.contracts import Method, methods
from tests.fuzz import wire
from tests.fuzz.messages import Maker
from tests.fuzz.outcomes import Fault, Outcomes, Verdict
from tests.fuzz.people import Cast

KINDS = ("grpc valid", "grpc fields", "grpc bytes", "grpc truncated", "grpc oversized", "grpc metadata")
WEIGHTS = (20, 45, 22, 6, 0.4, 6.6)
SECONDS = 20.0
OURS = {"INTERNAL", "UNKNOWN", "UNAVAILABLE", "DATA_LOSS", "UNIMPLEMENTED", "DEADLINE_EXCEEDED", "CANCELLED"}
LONGEST_WAIT = 5.0
POLICY_AWAY = "POLICY_UNAVAILABLE"  # refused at once by design after half a second of a busy machine: to be repeated by whoever asked
ODD_AUTHORIZATION = (
    "",
    "Bearer",
    "Bearer ",
    "bearer x",
    "Basic YTpi",
    "Bearer a.b.c",
    "Bearer " + "a" * 5_000,
    "Bearer ....",
    "Bearer e30.e30.e30",
)
ODD_METADATA: tuple[tuple[str, str | bytes], ...] = (
    ("traceparent", "00-zz"), ("traceparent", "00-" + "0" * 32 + "-" + "0" * 16 + "-00"), ("traceparent", "x" * 3_000), ("x-correlation-id", "x" * 2_000),
    ("x-correlation-id", "{}'\"<>"), ("authorization-bin", b"\x00\xff"), ("user-agent", "fuzz"), ("x-forwarded-for", "1.2.3.4"), ("grpc-accept-encoding", "zip"),
    ("x-odd-bin", b"\xff" * 500), ("baggage", "a=b," * 200), ("tracestate", ",,,=" * 50),
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One call: its method, the bytes, the metadata and the seconds it may take."""

    kind: str
    method: Method
    target: str
    body: bytes
    metadata: tuple[tuple[str, str | bytes], ...]
    seconds: float | None = SECONDS
    impatient: bool = False


class Rpc:
    """Makes a call out of chance, sends it, judges the answer."""

    def __init__(self, cast: Cast, targets: dict[str, str], outcomes: Outcomes, careful: bool) -> None:
        self._cast, self._outcomes = cast, outcomes
        self._careful = careful
        self._targets = targets
        self._local = threading.local()
        self._opened: list[grpc.Channel] = []  # by all threads; appending needs no lock

    def close(self) -> None:
        """Hang up."""
        for channel in self._opened:
            channel.close()

    def one(self, number: int, chance: random.Random) -> None:
        """Send the request of this number."""
        sent = self._make(chance)
        began = time.monotonic()
        verdict, code, text = self._send(sent)
        if verdict is Verdict.FAULT and sent.impatient and code in ("DEADLINE_EXCEEDED", "CANCELLED"):
            verdict = Verdict.REFUSED  # it asked for less time than the call takes
        fault = Fault(number, sent.kind, sent.method.path, f"{code} {text}"[:300], _shown(sent)) if verdict is Verdict.FAULT else None
        self._outcomes.add(sent.kind, verdict, code, time.monotonic() - began, fault)

    def _make(self, chance: random.Random) -> Sent:
        kind = chance.choices(KINDS, WEIGHTS)[0]
        method = chance.choice(methods())
        maker = Maker(chance, self._cast.ids_for(method))
        request = maker.plausible(method.request) if kind != "grpc fields" else maker.mutated(method.request)
        body = _changed(kind, chance, request.SerializeToString())
        host = method.host or chance.choice(SERVICES)
        metadata: tuple[tuple[str, str | bytes], ...] = self._cast.metadata(self._cast.caller(chance, method, self._careful))
        seconds: float | None = SECONDS
        impatient = False
        if kind == "grpc metadata":
            metadata, seconds, impatient = _odd_metadata(chance, metadata)
        return Sent(kind, method, self._targets[host], body, metadata, seconds, impatient)

    def _send(self, sent: Sent) -> tuple[Verdict, str, str]:
        try:
            self._call(sent)
        except grpc.RpcError as error:
            return self._refused(sent, error)
        except ValueError as error:  # grpc's own client refuses such metadata
            return Verdict.REFUSED, "NOT_SENT", str(error)
        return Verdict.DONE, "OK", ""

    def _refused(self, sent: Sent, error: Any) -> tuple[Verdict, str, str]:
        code, text = error.code().name, str(error.details())
        if code not in OURS:
            return Verdict.REFUSED, code, text
        wait = _retry_after(error) if code == "UNAVAILABLE" else None
        if wait is None and _reason(error) == POLICY_AWAY:
            wait = 1.0
        if wait is None or wait > LONGEST_WAIT:
            return Verdict.FAULT, code, text
        time.sleep(wait + 0.1)
        try:
            self._call(sent)
        except grpc.RpcError as again:
            code = again.code().name
            return (Verdict.FAULT if code in OURS else Verdict.REPEATED), code, text
        return Verdict.REPEATED, "OK", text

    def _call(self, sent: Sent) -> None:
        channel = self._channel(sent.target)
        if not sent.method.streams:
            channel.unary_unary(sent.method.path, bytes, bytes)(sent.body, timeout=sent.seconds, metadata=sent.metadata)
            return
        stream: Any = channel.unary_stream(sent.method.path, bytes, bytes)(sent.body, timeout=0.2, metadata=sent.metadata)
        try:
            next(stream, None)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:  # it was quiet for its time: right
                raise
        finally:
            stream.cancel()

    def _channel(self, target: str) -> grpc.Channel:
        """One for each thread and target: what a bad call does to a connection must not be laid to another's charge."""
        kept: dict[str, grpc.Channel] = self._local.__dict__.setdefault("channels", {})
        if target not in kept:
            kept[target] = grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)])
            self._opened.append(kept[target])
        return kept[target]


def _changed(kind: str, chance: random.Random, body: bytes) -> bytes:
    change = {"grpc bytes": wire.mutated, "grpc truncated": wire.truncated, "grpc oversized": wire.oversized}.get(kind)
    return change(chance, body) if change else body


def _odd_metadata(chance: random.Random, good: tuple[tuple[str, Any], ...]) -> tuple[tuple[tuple[str, Any], ...], float | None, bool]:
    odd = list(chance.sample(ODD_METADATA, chance.choice((0, 1, 3))))
    authorization = chance.choice((good, (("authorization", chance.choice(ODD_AUTHORIZATION)),), good * 2, ()))
    seconds = chance.choice((SECONDS, SECONDS, None, 0.0001, 0.005, 86_400.0 * 400, 9e7))
    return (*authorization, *odd), seconds, seconds is not None and seconds < 1


def _retry_after(error: Any) -> float | None:
    status = rpc_status.from_call(error)
    for detail in status.details if status is not None else ():
        info = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            return float(info.retry_delay.ToTimedelta().total_seconds())
    return None


def _reason(error: Any) -> str:
    status = rpc_status.from_call(error)
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""


def _shown(sent: Sent) -> str:
    odd = [item for item in sent.metadata if item[0] != "authorization"]
    return f"{len(sent.body)} bytes {sent.body[:200]!r} metadata {str(odd)[:200]} within {sent.seconds} s"
