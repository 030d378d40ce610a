"""The runner role: any number of services in one process, two threads each, one policy for database and broker."""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Iterable, Sequence

import structlog

from chassis.clock import Clock
from chassis.consumer.inbox import Inbox
from chassis.events.subscriptions import Subscription, subscriptions_of
from chassis.events.topology import subscribed_types
from chassis.runner.relay import Broker, Relay
from chassis.runner.worker import Worker
from chassis.service import Service
from chassis.settings import SERVICES, ServiceSettings, SharedSettings, service_settings, shared_settings
from chassis.store.database import Database
from chassis.store.system import SystemWork
from chassis.telemetry.http import serve
from chassis.telemetry.logs import setup_logs
from chassis.telemetry.metrics import BusMetrics
from chassis.telemetry.tracing import setup_tracing

log = structlog.get_logger()
STOP_SECONDS = 20.0


class ServiceRunner:
    """One service in this process."""

    def __init__(self, service: Service, own: ServiceSettings, shared: SharedSettings, bus: Bus, clock: Clock, metrics: BusMetrics) -> None:
        url = own.database_url.get_secret_value()
        self.database = Database(url, pool_size=own.runner_connections, name=f"{service.name}-runner")
        work = SystemWork(service, self.database, clock, shared)
        broker = Broker(shared.amqp_url.get_secret_value(), f"{service.name}-relay", bus.subscribed)
        self.relay = Relay(service, self.database.engine.url, broker, clock, metrics)
        self.worker = Worker(work, Inbox(work, bus.subscriptions, metrics), metrics, self.relay.work_due)
        self._name, self._stopping = service.name, threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start both threads."""
        for part, run in (("relay", self.relay.run), ("worker", self.worker.run)):
            thread = threading.Thread(target=run, args=(self._stopping,), name=f"{self._name}-{part}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def alive(self) -> bool:
        """False when a thread ended by itself: a defect, and the process should end too."""
        return all(thread.is_alive() for thread in self._threads)

    def ready(self) -> bool:
        """Whether the database was there when last asked."""
        return not self.relay.database_away

    def ask_to_stop(self) -> None:
        """Let both threads finish what they do."""
        self._stopping.set()
        self.relay.work_due.set()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Wait for the threads and close the pool."""
        self.ask_to_stop()
        for thread in self._threads:
            thread.join(seconds)
        self.database.close()


class Bus:
    """What a runner has to know of subscriptions: those of its own service, and which types have a handler anywhere."""

    def __init__(self, subscriptions: Iterable[Subscription], subscribed: frozenset[str]) -> None:
        self.subscriptions, self.subscribed = list(subscriptions), subscribed


def run(names: Sequence[str]) -> int:
    """Run the runners of these services until SIGTERM or SIGINT; -> the exit code."""
    shared = shared_settings()
    setup_logs(shared.log_level)
    setup_tracing(shared, "runner")
    runners = _runners(names, shared)
    serve(shared.metrics_listen, lambda: all(runner.ready() for runner in runners))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for runner in runners:
        runner.start()
    log.info("runner_started", services=list(names))
    healthy = True
    while healthy and not stopping.wait(1.0):
        healthy = all(runner.alive() for runner in runners)
    for runner in runners:
        runner.ask_to_stop()
    for runner in runners:
        runner.stop()
    log.info("runner_stopped", healthy=healthy)
    return 0 if healthy else 1


def _runners(names: Sequence[str], shared: SharedSettings) -> list[ServiceRunner]:
    clock, metrics, subscribed = Clock(shared.clock_file), BusMetrics(), subscribed_types(SERVICES)
    found = []
    for name in names:
        service: Service = importlib.import_module(f"services.{name}.service").SERVICE
        found.append(ServiceRunner(service, service_settings(name), shared, Bus(subscriptions_of(name), subscribed), clock, metrics))
    return found
