"""The consumer role: any number of services in one nameko process. Started by `python -m chassis.consumer`."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import eventlet
import eventlet.patcher
import psycopg.waiting
import structlog
from nameko.runners import ServiceRunner

from chassis.clock import Clock
from chassis.consumer.deliveries import Gate, sources
from chassis.consumer.entrypoint import Settle, Source, consume
from chassis.consumer.inbox import Inbox
from chassis.events.subscriptions import Subscription, subscriptions_of
from chassis.service import Service
from chassis.settings import ServiceSettings, SharedSettings, service_settings, shared_settings
from chassis.store.database import Database
from chassis.store.system import SystemWork
from chassis.telemetry.http import serve
from chassis.telemetry.logs import setup_logs
from chassis.telemetry.metrics import BusMetrics
from chassis.telemetry.tracing import setup_tracing

log = structlog.get_logger()
LOCK = timedelta(seconds=5)
LAST_RESORT_SECONDS = 24  # Kubernetes kills after 30


def assert_cooperative() -> None:
    """Raises RuntimeError where one call would block every handler of the process."""
    if not eventlet.patcher.is_monkey_patched("socket"):
        raise RuntimeError("start consumers with `python -m chassis.consumer`: eventlet must patch before anything else is imported")
    if psycopg.waiting.wait is not psycopg.waiting.wait_select:
        raise RuntimeError("PSYCOPG_WAIT_FUNC=wait_select must be set before psycopg is imported")
    if "grpc" in sys.modules:
        raise RuntimeError("grpc was imported: it blocks or hangs in a patched process")


class ConsumerHost:
    """One service in this process: its database, its inbox, and the nameko class that feeds it."""

    def __init__(
        self,
        service: Service,
        subscriptions: Iterable[Subscription],
        own: ServiceSettings,
        shared: SharedSettings,
        clock: Clock,
        metrics: BusMetrics,
    ) -> None:
        url, size = own.database_url.get_secret_value(), own.consumer_connections
        self.database = Database(url, pool_size=size, name=f"{service.name}-consumer", lock_timeout=LOCK)
        self.gate = Gate()
        subscribed = list(subscriptions)
        inbox = Inbox(SystemWork(service, self.database, clock, shared), subscribed, metrics)
        self.nameko_service = nameko_service(service.name, sources(inbox, subscribed, self.gate, size))


def nameko_service(name: str, queues: Iterable[Source]) -> type:
    """The class nameko hosts: one method for each queue."""
    methods = {source.queue.replace(".", "_").replace("-", "_"): consume(source)(_method(source.handle)) for source in queues}
    return type(f"{name.capitalize()}Consumer", (), {"name": name, **methods})


def _method(handle: Callable[[Sequence[Any]], Settle]) -> Callable[[Any, Sequence[Any]], Settle]:
    def handled(_self: Any, messages: Sequence[Any]) -> Settle:
        return handle(messages)

    return handled


def run(names: Sequence[str]) -> int:
    """Run the consumers of these services until SIGTERM or SIGINT; -> the exit code."""
    assert_cooperative()
    shared, clock, metrics = shared_settings(), Clock(shared_settings().clock_file), BusMetrics()
    setup_logs(shared.log_level)
    setup_tracing(shared, "consumer")
    hosts = [_host(name, shared, clock, metrics) for name in names]
    runner = ServiceRunner({"AMQP_URI": shared.amqp_url.get_secret_value(), "max_workers": max(_workers(names))})
    for host in hosts:
        runner.add_service(host.nameko_service)
    serve(shared.metrics_listen, lambda: not any(host.gate.database_away for host in hosts))
    _stop_on_signals(runner, hosts)
    log.info("consumer_starting", services=list(names))
    return _serve(runner, hosts)


def _serve(runner: ServiceRunner, hosts: Sequence[ConsumerHost]) -> int:
    code = 0
    try:
        runner.start()
        log.info("consumer_started")
        runner.wait()
    except Exception:
        log.exception("consumer_failed")
        code = 1
    for host in hosts:
        host.database.close()
    log.info("consumer_stopped", code=code)
    return code


def _host(name: str, shared: SharedSettings, clock: Clock, metrics: BusMetrics) -> ConsumerHost:
    service: Service = importlib.import_module(f"services.{name}.service").SERVICE
    return ConsumerHost(service, subscriptions_of(name), service_settings(name), shared, clock, metrics)


def _workers(names: Sequence[str]) -> list[int]:
    return [service_settings(name).consumer_connections for name in names]


def _stop_on_signals(runner: ServiceRunner, hosts: Sequence[ConsumerHost]) -> None:
    def stop(*_: Any) -> None:
        for host in hosts:
            host.gate.stopping = True
        eventlet.spawn_after(LAST_RESORT_SECONDS, os._exit, 3)
        eventlet.spawn_n(runner.stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
