"""The local stack as a whole: it heals, it comes back with its data, it leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local import postgres
from deploy.local.layout import BLOCK, ROOT, known
from deploy.local.strays import strays
from tests.system.suite import Suite, running

SECONDS = 60.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A stack that these tests may hurt."""
    with running(tmp_path_factory.mktemp("own")) as found:
        yield found


@pytest.fixture
def own(stack: Suite) -> Suite:
    """The same, up: whatever a test before did to it."""
    stack.prm("up", "--detach", "--no-demo")
    eventually(lambda: {one["state"] for one in status(stack)["parts"]} == {"running"})
    return stack


def eventually(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def status(suite: Suite) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(suite.prm("status", "--json", check=False).stdout)
    return found


def part(suite: Suite, name: str) -> dict[str, Any]:
    return next(found for found in status(suite)["parts"] if found["name"] == name)


def people(suite: Suite) -> int:
    url = postgres.superuser(known(suite.data), "prm_identity")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM person").fetchone()
    assert row
    return int(row[0])


def test_status_says_what_runs_where(own: Suite) -> None:
    found = status(own)
    assert found["state"] == "ready"
    assert [one["name"] for one in found["parts"]] == [
        *("postgres", "rabbitmq", "opa", "s3", "mail", "api", "consumer", "runner", "gateway"),
    ]
    for one in found["parts"]:
        assert one["state"] == "running"
        assert one["memory"] > 1_000_000
        assert one["version"]


def test_every_port_is_on_loopback_and_in_the_block(own: Suite) -> None:
    layout = known(own.data)
    sockets = {link for pid in strays(layout) for link in _links(pid)}
    found = [(address, port) for address, port, inode in _listeners() if f"socket:[{inode}]" in sockets]
    assert len(found) > 15
    assert [address for address, _ in found if not _loopback(address)] == []
    assert [port for _, port in found if not 0 <= port - layout.base < BLOCK] == []


@pytest.mark.parametrize("name", ["api", "runner", "rabbitmq"])
def test_a_process_that_is_killed_comes_back(own: Suite, name: str) -> None:
    before = part(own, name)["pid"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: part(own, name)["state"] == "running" and part(own, name)["pid"] not in (None, before))
    assert own.prm("health", "--wait", "60").returncode == 0


def test_a_second_supervisor_is_refused(own: Suite) -> None:
    environment = {**os.environ, "PRM_DATA": str(own.data)}
    done = subprocess.run([ROOT / "prm", "up", "--no-demo"], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 5
    assert "already running" in done.stderr


def test_after_a_killed_supervisor_up_starts_anew_with_the_data(own: Suite) -> None:
    there = people(own)
    os.kill(status(own)["pid"], signal.SIGKILL)
    eventually(lambda: status(own)["state"] == "stopped")
    assert strays(known(own.data))
    assert own.prm("up", "--detach", "--no-demo").returncode == 0
    assert people(own) == there > 0


def test_down_leaves_nothing(own: Suite) -> None:
    base = known(own.data).base
    assert own.prm("down").returncode == 0
    assert strays(known(own.data)) == []
    assert known(own.data).base == base
    assert status(own) == {"state": "stopped", "pid": None, "url": None, "parts": []}
    assert _listening_in(own.data) == []


def _listening_in(data: Path) -> list[int]:
    base = known(data).base
    return [port for _, port, _ in _listeners() if base <= port < base + BLOCK]


def _listeners() -> Iterator[tuple[IPv4Address | IPv6Address, int, str]]:
    """(address, port, inode) of every listening socket, as the kernel lists them."""
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A":
                address, _, port = words[1].partition(":")
                yield _address(address), int(port, 16), words[9]


def _address(text: str) -> IPv4Address | IPv6Address:
    """The kernel writes each four bytes in hexadecimal, in the machine's own order."""
    words = [int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8)]
    return ip_address(b"".join(words))


def _loopback(address: IPv4Address | IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _links(pid: int) -> Iterator[str]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            yield str(entry.readlink())
