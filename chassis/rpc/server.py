"""The api role: one gRPC server per service, all in one process or one process each."""

from __future__ import annotations

import gc
import importlib
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
import structlog
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prm.audit.v1 import audit_pb2_grpc
from prm.decisions.v1 import decisions_pb2_grpc
from prm.events.v1 import events_pb2_grpc
from prometheus_client import start_http_server

from chassis.clock import Clock
from chassis.rpc import audit_log, decisions, event_log
from chassis.rpc.host import ServiceHost
from chassis.rpc.interceptor import Interceptor
from chassis.settings import SharedSettings, service_settings, shared_settings
from chassis.telemetry.logs import setup_logs
from chassis.telemetry.rpc import RpcMetrics
from chassis.telemetry.tracing import setup_tracing

log = structlog.get_logger()
STOP_SECONDS = 20
OPTIONS = [
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    ("grpc.so_reuseport", 0),
]


class Server:
    """The gRPC server of one service with its health."""

    def __init__(self, host: ServiceHost, metrics: RpcMetrics) -> None:
        self.host = host
        threads = ThreadPoolExecutor(host.own.call_threads, thread_name_prefix=f"{host.name}-call")
        self._grpc = grpc.server(threads, interceptors=[Interceptor(host, metrics)], options=OPTIONS)
        importlib.import_module(f"services.{host.name}.server").add_servicers(self._grpc, host)
        events_pb2_grpc.add_EventsServicer_to_server(event_log.Events(), self._grpc)
        audit_pb2_grpc.add_AuditServicer_to_server(audit_log.Audit(), self._grpc)
        nouns = importlib.import_module(f"services.{host.name}.service").SERVICE.nouns
        decisions_pb2_grpc.add_DecisionsServicer_to_server(decisions.Decisions(nouns), self._grpc)
        self._health = health.HealthServicer(experimental_non_blocking=True, experimental_thread_pool=ThreadPoolExecutor(1))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        self._add_reflection()
        self.port = self._grpc.add_insecure_port(host.own.listen)
        self._ready: bool | None = None

    def _add_reflection(self) -> None:
        if self.host.shared.reflection:
            names = [*_own_services(self.host.name), reflection.SERVICE_NAME, health.SERVICE_NAME]
            reflection.enable_server_reflection(names, self._grpc, descriptor_pool.Default())

    def start(self) -> None:
        """Open the port; health says NOT_SERVING until `check_health` finds everything there."""
        self._grpc.start()
        self.check_health()

    def check_health(self) -> None:
        """Tell health what this service can do now. Ready once facts and policy are there; then the database decides."""
        ready = self.host.ready(was_ready=bool(self._ready))
        if ready != self._ready:
            self._ready = ready
            self._set(health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING)
            log.info("readiness", service=self.host.name, ready=ready)

    def drain(self) -> None:
        """Ask clients to go elsewhere."""
        self._ready = False
        self._health.enter_graceful_shutdown()

    def stop(self) -> threading.Event:
        """Finish what runs, 20 s at most."""
        return self._grpc.stop(STOP_SECONDS)

    def _set(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in ("", *_own_services(self.host.name)):
            self._health.set(name, status)


def _own_services(name: str) -> list[str]:
    """Full names of the gRPC services that this service hosts."""
    server = importlib.import_module(f"services.{name}.server")
    return [*server.GRPC_SERVICES, event_log.NAME, audit_log.NAME, decisions.NAME]


def serve(names: Sequence[str]) -> None:
    """Run the apis of these services until SIGTERM or SIGINT."""
    shared, clock = shared_settings(), Clock(shared_settings().clock_file)
    setup_logs(shared.log_level)
    setup_tracing(shared, "api")
    metrics = RpcMetrics()
    servers = [Server(ServiceHost(name, service_settings(name), shared, clock), metrics) for name in names]
    if shared.metrics_listen:
        address, _, port = shared.metrics_listen.rpartition(":")
        start_http_server(int(port), address)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for server in servers:
        server.start()
    gc.freeze()  # what was imported stays: looking through it for garbage stops all calls for 60 ms
    log.info("api_started", services=list(names))
    _watch(servers, stopping)
    _stop(servers, shared)


def _watch(servers: Sequence[Server], stopping: threading.Event) -> None:
    while not stopping.wait(0.5):
        for server in servers:
            server.check_health()


def _stop(servers: Sequence[Server], shared: SharedSettings) -> None:
    for server in servers:
        server.drain()
    time.sleep(shared.drain_seconds)
    for event in [server.stop() for server in servers]:
        event.wait(STOP_SECONDS + 1)
    for server in servers:
        server.host.close()
    log.info("api_stopped")
