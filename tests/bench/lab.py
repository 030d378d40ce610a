"""Parts and databases of the measurements: an own PostgreSQL, OPA and RabbitMQ, and servers in processes of their own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psycopg
from psycopg import sql

from chassis.store.migrations import migrate
from deploy.local import opa, postgres, rabbitmq
from deploy.local.environment import environment
from deploy.local.layout import ROOT, Layout, claim, known
from deploy.local.parts import Part, log_path, start, stop
from deploy.local.strays import end_strays
from tests.stack import DatabaseUrls

READY_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A server in a process of its own."""

    target: str
    pid: int

    def worked(self) -> float:
        """Seconds of processor time it has used so far."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Lab:
    """Everything starts when it is first asked for and ends with the lab; the databases stay for the next run."""

    def __init__(self, folder: Path) -> None:
        self.resources = ExitStack()
        end_strays(known(folder))  # what a killed run left
        self.layout: Layout = claim(folder)
        self._started: set[str] = set()

    def close(self) -> None:
        """End all parts and servers."""
        self.resources.close()

    def url(self, name: str) -> str:
        """The address of a part: postgres (as superuser), opa or rabbitmq."""
        makers: dict[str, tuple[Callable[[Layout], Part], Callable[[Layout], str]]] = {
            "postgres": (postgres.part, postgres.superuser),
            "opa": (opa.part, opa.url),
            "rabbitmq": (rabbitmq.part, rabbitmq.url),
        }
        make, address = makers[name]
        if name not in self._started:
            part = make(self.layout)
            self.resources.callback(stop, part, start(self.layout, part))
            self._started.add(name)
        return address(self.layout)

    def superuser(self, database: str) -> psycopg.Connection:
        """A connection in autocommit mode that may do everything."""
        self.url("postgres")
        return psycopg.connect(postgres.superuser(self.layout, database), autocommit=True)

    def database(
        self, service: str, name: str, fill: Callable[[psycopg.Connection], None] | None = None, content: str = ""
    ) -> DatabaseUrls:
        """A migrated database, filled once: it is made anew when its migrations or what `content` says of its rows have changed."""
        urls = DatabaseUrls(name, self._login(f"prm_{service}", name), self._login(f"prm_{service}_owner", name))
        wanted = f"prm bench {content} {_schema(service)}"
        with self.superuser("postgres") as connection:
            found = connection.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
            if found.fetchone() == (wanted,):
                return urls
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            postgres.create_database(connection, self.layout, service, name)
        migrate(service, urls.settings())
        with self.superuser(name) as connection:
            if fill is not None:
                fill(connection)
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(wanted)))
        return urls

    def _login(self, role: str, database: str) -> str:
        self.url("postgres")
        return postgres.url(self.layout, role, database)

    def settings(self, service: str, urls: DatabaseUrls, **more: str) -> dict[str, str]:
        """The environment of a process of this service on this database."""
        prefix = f"PRM_{service.upper()}"
        own = {f"{prefix}_DATABASE_URL": urls.runtime, f"{prefix}_OWNER_DATABASE_URL": urls.owner}
        return {**environment(self.layout, (service,)), **own, "PRM_LOG_LEVEL": "WARNING", **more}

    def broker(self, name: str) -> str:
        """The URL of an empty virtual host."""
        self.url("rabbitmq")
        rabbitmq.make_vhost(self.layout, name)
        self.resources.callback(rabbitmq.drop_vhost, self.layout, name)
        return rabbitmq.url(self.layout, name)

    def program(self, name: str) -> Path:
        """A program that comes with PostgreSQL."""
        return postgres._home(self.layout).binaries / name

    @contextmanager
    def process(self, name: str, words: list[str], settings: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """`python …` in a process of its own until the end of the block."""
        part = Part(name, lambda: [sys.executable, *words], "", lambda: True, str, environment=settings)
        process = start(self.layout, part)
        try:
            yield process
        finally:
            stop(part, process)

    @contextmanager
    def server(self, name: str, words: list[str], settings: Mapping[str, str]) -> Iterator[Served]:
        """A gRPC server of its own, once it answers. `settings` name the address as PRM_<SERVICE>_LISTEN."""
        target = next(value for key, value in settings.items() if key.endswith("_LISTEN") and key != "PRM_GATEWAY_LISTEN")
        with self.process(name, words, settings) as process, grpc.insecure_channel(target) as channel:
            try:
                grpc.channel_ready_future(channel).result(READY_SECONDS)
            except grpc.FutureTimeoutError:
                raise RuntimeError(f"{name} does not answer: {log_path(self.layout, name).read_text()[-1000:]}") from None
            yield Served(target, process.pid)


def free_port() -> int:
    """A port that nobody has right now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], bool], what: str, seconds: float, pause: float = 0.05) -> None:
    """Wait for something. Raises TimeoutError naming what did not come."""
    ends = time.monotonic() + seconds
    while not look():
        if time.monotonic() > ends:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(pause)


def _schema(service: str) -> str:
    """Changes with every migration of the service and with the tables of the chassis."""
    files = [*sorted((ROOT / "services" / service / "migrations").rglob("*.py")), *sorted((ROOT / "chassis").rglob("tables.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
