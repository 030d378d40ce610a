"""Servers of the fault tests' own, a world on them, and a crew of processes that comes back when it is killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Self

import psycopg
import sqlalchemy as sa

from chassis.store.migrations import _grant, create_chassis_tables
from deploy.local import postgres, rabbitmq
from deploy.local.layout import claim, known
from deploy.local.strays import end_strays
from tests.bus.processes import Process
from tests.bus.servers import OwnBroker, OwnPostgres
from tests.bus.world import World, metadata

BRINGS_BACK_SECONDS = 0.1


@dataclass(frozen=True)
class Wishes:
    """What a person may change of a run."""

    seed: int = 7
    scale: float = 1.0
    minutes: float = 20.0


class Lab:
    """One PostgreSQL and one RabbitMQ, started when first needed and ended with the run."""

    def __init__(self, folder: Path, wishes: Wishes) -> None:
        self.folder, self.wishes = folder, wishes
        self._numbers = 0
        self._servers: tuple[OwnPostgres, OwnBroker] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._servers:
            for server in self._servers:
                server.close()
            end_strays(self._servers[0].layout)

    def events(self, number: int) -> int:
        """So many, or fewer where a person asked for a smaller run."""
        return max(int(number * self.wishes.scale), 30)

    def times(self, number: int) -> int:
        return max(int(number * self.wishes.scale), 1)

    @property
    def postgres(self) -> OwnPostgres:
        return self._started()[0]

    @property
    def broker(self) -> OwnBroker:
        return self._started()[1]

    def _started(self) -> tuple[OwnPostgres, OwnBroker]:
        if self._servers is None:
            data = self.folder / "stack"
            end_strays(known(data))
            layout = claim(data)
            self._servers = OwnPostgres(layout), OwnBroker(layout)
            for server in self._servers:
                server.start()
        return self._servers

    @contextmanager
    def world(self, clock: Path | None = None) -> Iterator[World]:
        """An empty database and an empty virtual host."""
        self._numbers += 1
        name = f"faults_{time.time_ns() % 10**9}_{self._numbers}"
        world = empty_world(self.postgres, self.broker, name, clock)
        try:
            yield world
        finally:
            world.database.close()
            rabbitmq.drop_vhost(self.broker.layout, name)


def empty_world(server: OwnPostgres, broker: OwnBroker, name: str, clock: Path | None = None) -> World:
    """A database and a virtual host of this name with all that the test service needs."""
    rabbitmq.make_vhost(broker.layout, name)
    return world_on(server, rabbitmq.url(broker.layout, name), name, clock)


def world_on(server: OwnPostgres, amqp: str, name: str, clock: Path | None = None) -> World:
    """A database of this name, and the queues where `amqp` leads."""
    layout = server.layout
    with psycopg.connect(postgres.superuser(layout), autocommit=True) as connection:
        postgres.create_database(connection, layout, "deals", name)
    world = World(postgres.url(layout, "prm_deals", name), amqp, clock)
    world.owner_url = postgres.url(layout, "prm_deals_owner", name)
    _tables(world.owner_url)
    world.declare()
    return world


def _tables(owner_url: str) -> None:
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        create_chassis_tables(connection)
        metadata.create_all(connection)
        _grant(connection, "prm_deals")


@dataclass
class Crew:
    """Processes by name, brought back by a thread when they end, as an orchestrator does."""

    processes: list[Process]
    notes: Path
    ended: list[tuple[str, int]] = field(default_factory=list)
    resting: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(BRINGS_BACK_SECONDS):
            for place, process in enumerate(self.processes):
                code = process.code()
                if code is not None and place not in self.resting:
                    self.ended.append((process.role, code))
                    process.start(wait=False)

    def start(self) -> Crew:
        for process in self.processes:
            process.start(wait=False)
        for process in self.processes:
            process.wait_for(_started(process), 60)
        self._thread.start()
        return self

    def of(self, role: str) -> list[Process]:
        return [process for process in self.processes if process.role == role]

    def kill(self, place: int) -> None:
        self.processes[place].send(SIGKILL)

    def close(self) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self.processes:
            process.close()


def _started(process: Process) -> bytes:
    return {"consumer": b"consumer_started", "runner": b"runner_started", "stock": b"stock_started"}[process.role]


@contextmanager
def crew(world: World, folder: Path, *roles: str, amqp: str = "", url: str = "", **environment: str) -> Iterator[Crew]:
    """Runners and consumers, by default one each. `amqp` and `url` lead them to the servers another way."""
    folder.mkdir(parents=True, exist_ok=True)
    notes = folder / f"notes-{time.time_ns()}"
    settings: Mapping[str, str] = {"TEST_NOTES": str(notes), **({"TEST_URL": url} if url else {}), **environment}
    found = Crew([Process(world, role, amqp, settings) for role in roles or ("runner", "consumer")], notes)
    try:
        yield found.start()
    finally:
        found.close()
