"""One service's worker: seals the audit log, does clocks and retries one after another, outside effects two at a time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chassis.audit.sealing import BATCH, seal
from chassis.consumer.inbox import Inbox
from chassis.errors import DomainError
from chassis.runner.housekeeping import forget, measure, put_right
from chassis.runner.jobs import Jobs
from chassis.runner.retries import Retries
from chassis.store.system import SystemWork
from chassis.telemetry.metrics import BusMetrics

log = structlog.get_logger()
EFFECTS_AT_ONCE = 2
ROUND = 50  # clocks before the rest has its turn
LOOK_SECONDS = 1.0  # without being woken, should the relay be busy with a silent broker
MEASURE_SECONDS = 10.0
FORGET_SECONDS = 3600.0
AWAY_SECONDS = 1.0


class Worker:
    """`step` does one round; `run` repeats it in a thread of its own."""

    def __init__(self, work: SystemWork, inbox: Inbox, metrics: BusMetrics, due: threading.Event) -> None:
        self._work, self._metrics, self._due = work, metrics, due
        self.jobs, self.retries = Jobs(work, metrics), Retries(inbox)
        self._threads = ThreadPoolExecutor(EFFECTS_AT_ONCE, thread_name_prefix=f"{work.service.name}-effect")
        self._free = threading.Semaphore(EFFECTS_AT_ONCE)
        self._measured = self._forgot = float("-inf")

    def run(self, stopping: threading.Event) -> None:
        """Until told to stop; what runs is finished."""
        while not stopping.is_set():
            try:
                more = self.step(stopping)
            except (DomainError, SQLAlchemyError) as error:
                log.warning("worker_database_away", service=self._work.service.name, error=type(error).__name__)
                more = False
                stopping.wait(AWAY_SECONDS)
            if not more:
                self._due.wait(LOOK_SECONDS)
                self._due.clear()
        self._threads.shutdown(wait=True)

    def step(self, stopping: threading.Event) -> bool:
        """One round; -> whether there is more to do at once."""
        more = self._seal() == BATCH
        self._start_effects(stopping)
        for _ in range(ROUND):
            if stopping.is_set() or not self.jobs.run_clock():
                break
        else:
            more = True
        more = self.retries.run_one() or more
        self._keep_house()
        return more

    def _seal(self) -> int:
        with self._work.database.writing() as connection:
            return seal(connection, self._work.service.name, self._work.clock.now())

    def _start_effects(self, stopping: threading.Event) -> None:
        while self._work.service.effects and self._free.acquire(blocking=False):
            self._threads.submit(self._effects, stopping)

    def _effects(self, stopping: threading.Event) -> None:
        try:
            while not stopping.is_set() and self.jobs.run_effect():
                pass
        except (DomainError, SQLAlchemyError) as error:
            log.warning("effects_database_away", service=self._work.service.name, error=type(error).__name__)
        finally:
            self._free.release()

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now - self._measured >= MEASURE_SECONDS:
            self._measured = now
            with self._work.database.writing() as connection:
                put_right(connection, self._work.clock.now())
            with self._work.database.reading() as connection:
                measure(connection, self._work.service.name, self._metrics, self._work.clock.now())
        if now - self._forgot >= FORGET_SECONDS:
            with self._work.database.writing() as connection:
                if forget(connection, self._work.clock.now()) == 0:
                    self._forgot = now
