"""The parts that integration tests use: started when a test first asks, shared by xdist workers, ended with the run.

They live in `.prm-test` with ports of their own, so `./prm up` of the same checkout may run beside them. A run starts
empty; with PRM_TEST_KEEP=1 the parts stay for the next run (end them with `./prm test --stop`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from pydantic import SecretStr

from chassis.settings import ServiceSettings
from deploy.local import postgres
from deploy.local.layout import ROOT, Layout, claim, known
from deploy.local.parts import Part, start
from deploy.local.strays import end_strays, strays

DATA = ROOT / ".prm-test"
KEEP = os.environ.get("PRM_TEST_KEEP") == "1"
STARTED: list[subprocess.Popen[bytes]] = []  # held for the life of the process: another worker may still use the part


@dataclass(frozen=True)
class DatabaseUrls:
    """One database of a test module: `runtime` is the role of the running service, `owner` the one that migrates."""

    name: str
    runtime: str
    owner: str

    def settings(self) -> ServiceSettings:
        return ServiceSettings(database_url=SecretStr(self.runtime), owner_database_url=SecretStr(self.owner))


class Run:
    """One pytest run's hold on the stack. The last one to leave ends the parts."""

    def __init__(self) -> None:
        self._file = _open("users")

    def join(self) -> None:
        with locked("admin"):
            if _try_exclusive(self._file) and not (KEEP and strays(known(DATA))):
                _start_empty()
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        with locked("admin"):
            if not KEEP and _try_exclusive(self._file):
                end_strays(known(DATA), seconds=3)
        for process in STARTED:
            process.poll()
        self._file.close()


@dataclass
class Stack:
    """Starts parts; one per process, however many workers ask."""

    layout: Layout = field(default_factory=lambda: known(DATA))

    def ensure(self, part: Part) -> None:
        """Have the part running, by us or by another worker."""
        with locked(part.name):
            if not part.ready():
                STARTED.append(start(self.layout, part))


@dataclass
class Databases:
    """Fresh databases for one test module, dropped after it."""

    layout: Layout
    made: list[str] = field(default_factory=list)

    def empty(self, service: str = "deals") -> DatabaseUrls:
        """A database without tables, with the two roles of `service`."""
        return self._create(service, "template1")

    def service(self, service: str) -> DatabaseUrls:
        """A database with the migrations of `service` applied; copied from a template migrated once per run."""
        template = f"template_{service}"
        with locked(template):
            if not self._exists(template):
                self._migrate(service, template)
        return self._create(service, template)

    def drop(self) -> None:
        with self._connect() as connection:
            for name in self.made:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _create(self, service: str, template: str) -> DatabaseUrls:
        name = f"t_{os.getpid()}_{id(self) % 100_000}_{len(self.made)}"
        with locked("create-database"), self._connect() as connection:  # two workers must not make the same role at once
            postgres.create_database(connection, self.layout, service, name, template)
        self.made.append(name)
        return self._urls(service, name)

    def _migrate(self, service: str, template: str) -> None:
        from chassis.store.migrations import migrate

        fresh = f"{template}_fresh"
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(fresh)))
            with locked("create-database"):
                postgres.create_database(connection, self.layout, service, fresh)
            migrate(service, self._urls(service, fresh).settings())
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(template)))

    def _exists(self, name: str) -> bool:
        with self._connect() as connection:
            return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())

    def _urls(self, service: str, name: str) -> DatabaseUrls:
        runtime, owner = (postgres.url(self.layout, role, name) for role in (f"prm_{service}", f"prm_{service}_owner"))
        return DatabaseUrls(name, runtime, owner)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(postgres.superuser(self.layout), autocommit=True)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time, across workers."""
    with _open(name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open(name: str) -> IO[bytes]:
    folder = DATA / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / name).open("ab")


def _try_exclusive(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start_empty() -> None:
    end_strays(known(DATA))
    for entry in DATA.iterdir():
        if entry.name not in ("locks", "port-base"):
            _remove(entry)
    claim(DATA, os.environ.get("PRM_TEST_PORT_BASE"))


def _remove(entry: Path) -> None:
    if entry.is_symlink():
        shutil.rmtree(entry.resolve(), ignore_errors=True)
        entry.unlink()
    elif entry.is_dir():
        shutil.rmtree(entry)
    else:
        entry.unlink()
