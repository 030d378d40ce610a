"""RabbitMQ from the machine's own package, with node, cookie, ports and epmd of its own on loopback."""

from __future__ import annotations

import functools
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.install import ensure_rabbitmq
from deploy.local.layout import Layout
from deploy.local.parts import CannotStart, Part
from deploy.local.secrets import secret, write_private

DEBIAN = Path("/usr/lib/rabbitmq/bin")  # its wrappers on PATH refuse everybody but root and rabbitmq
USER = "prm"


def part(layout: Layout) -> Part:
    """The broker. Its first start takes some seconds longer, as it makes its database."""
    return Part(
        name="rabbitmq",
        command=lambda: [str(program("rabbitmq-server"))],
        address=layout.address("rabbitmq"),
        ready=lambda: greets("127.0.0.1", layout.port("rabbitmq")),
        version=version,
        environment=_environment(layout),
        prepare=lambda: _prepare(layout),
        folder=layout.folder("rabbitmq"),
        start_seconds=120,
        stop_seconds=30,
    )


def url(layout: Layout, vhost: str = "%2F") -> str:
    return f"amqp://{USER}:{secret(layout.data, 'amqp')}@{layout.address('rabbitmq')}/{vhost}"


def make_vhost(layout: Layout, name: str) -> None:
    """A virtual host of its own for a test module, with all rights for the one user."""
    grant = f'<<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"prm">>'
    control(layout, f'rabbit_vhost:add(<<"{name}">>, <<"prm">>), rabbit_auth_backend_internal:set_permissions(<<"prm">>, {grant}).')


def drop_vhost(layout: Layout, name: str) -> None:
    control(layout, f'rabbit_vhost:delete(<<"{name}">>, <<"prm">>).')


def control(layout: Layout, expression: str) -> str:
    """Evaluate an Erlang expression in the broker. Raises CannotStart with what it answered."""
    command = [str(program("rabbitmqctl")), "eval", expression]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", **_environment(layout), "PRM_STACK": layout.marker}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise CannotStart(f"rabbitmqctl: {done.stderr or done.stdout}")
    return done.stdout


def program(name: str) -> Path:
    """Where a RabbitMQ program is: Debian's real script behind its wrapper, else the one on PATH."""
    found = DEBIAN / name if (DEBIAN / name).exists() else Path(shutil.which(name) or "")
    if not found.is_file():
        raise CannotStart(f"{name} is not on PATH.")
    return found


@functools.cache
def version() -> str:
    """Read from the folder of the installation: asking the program would start an Erlang machine."""
    found = re.search(r"rabbitmq_server-([\d.]+)", str(program("rabbitmq-server").resolve()))
    return found[1] if found else "unknown"


def _environment(layout: Layout) -> Mapping[str, str]:
    home = layout.folder("rabbitmq")
    return {
        "HOME": str(home),  # the Erlang cookie lives here
        "RABBITMQ_NODENAME": f"prm{layout.tag}@localhost",
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(home / "log"),  # its upgrade log goes there all the same
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "ERL_CRASH_DUMP": str(home / "log" / "erl_crash.dump"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "none.config"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "none-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_DIST_PORT": str(layout.port("rabbitmq-dist")),
        # no busy waiting: idle schedulers would take the cores from everybody else
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        "ERL_EPMD_PORT": str(layout.port("epmd")),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _prepare(layout: Layout) -> None:
    ensure_rabbitmq()
    home = layout.folder("rabbitmq")
    settings = {
        "listeners.tcp.1": layout.address("rabbitmq"),
        "default_user": USER,
        "default_pass": secret(layout.data, "amqp"),
        "disk_free_limit.absolute": "500MB",
        "log.console": "true",
        "log.console.level": "warning",
    }
    write_private(home / "rabbitmq.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()).encode())
    (home / "plugins").write_text("[].\n")
    (home / "log").mkdir(exist_ok=True)
    _cookie(home, secret(layout.data, "erlang-cookie"))


def _cookie(home: Path, value: str) -> None:
    path = home / ".erlang.cookie"
    if not path.exists():
        write_private(path, value.encode())
        path.chmod(0o400)


def greets(host: str, port: int) -> bool:
    """Whether the broker answers AMQP's greeting with its first method frame."""
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
