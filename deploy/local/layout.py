"""Where a stack keeps its files and which ports it has: one folder and one block of ports per checkout."""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from chassis.settings import SERVICES

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 60
FIRST, LAST = 20_000, 32_700  # below Linux's ephemeral range, whose client sockets would take a port at any moment

OFFSETS = {
    name: offset
    for offset, name in enumerate(
        [
            *("gateway", "postgres", "rabbitmq", "rabbitmq-dist", "epmd", "opa", "smtp", "mail", "s3", "s3-grpc"),
            *("master", "master-grpc", "volume", "volume-grpc", "filer", "filer-grpc", "minio-console"),
            *(f"{service}-grpc" for service in SERVICES),
            *(f"{role}-metrics" for role in ("api", "consumer", "runner", "gateway")),
            *(f"{role}-{service}-metrics" for role in ("api", "consumer", "runner") for service in SERVICES),
        ]
    )
}


def data_folder() -> Path:
    """The folder of the stack that `./prm` works on: PRM_DATA, else `.prm` of this checkout."""
    return Path(os.environ.get("PRM_DATA") or ROOT / ".prm").resolve()


class PortsTaken(RuntimeError):
    """Somebody else listens where this stack was told to be."""


@dataclass(frozen=True)
class Layout:
    """One stack on this machine: its data folder and the first port of its block."""

    data: Path
    base: int

    def port(self, name: str) -> int:
        return self.base + OFFSETS[name]

    def address(self, name: str) -> str:
        return f"127.0.0.1:{self.port(name)}"

    def folder(self, *names: str) -> Path:
        path = self.data.joinpath(*names)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def marker(self) -> str:
        """The value of PRM_STACK in the environment of every process of this stack: how strays are found."""
        return str(self.data)

    @property
    def tag(self) -> str:
        """A short name of this stack, unique on the machine as far as its folder is."""
        return hashlib.sha256(str(self.data).encode()).hexdigest()[:10]


def listening(port: int) -> bool:
    """Whether a server has this port on loopback. A closing connection of our own last run does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def busy(base: int) -> list[int]:
    """The ports of a block that are taken."""
    return [base + offset for offset in OFFSETS.values() if listening(base + offset)]


def known(data: Path) -> Layout:
    """The layout of a stack that runs or ran: its recorded block, else the one it would try first."""
    record = data / "port-base"
    return Layout(data, int(record.read_text()) if record.exists() else _first_choice(data))


def claim(data: Path, wanted: str | None = None) -> Layout:
    """Choose the block of ports and record it. `wanted` (PRM_PORT_BASE) is taken or refused, never moved.

    Raises PortsTaken. Call it while nothing of this stack runs.
    """
    data.mkdir(parents=True, exist_ok=True)
    base = _wanted(int(wanted)) if wanted else _free(known(data).base)
    (data / "port-base").write_text(str(base))
    return Layout(data, base)


def _wanted(base: int) -> int:
    if not 1024 <= base <= 65_535 - BLOCK:
        raise PortsTaken(f"PRM_PORT_BASE={base}: the block of {BLOCK} ports must lie between 1024 and 65535.")
    if taken := busy(base):
        raise PortsTaken(f"Ports {', '.join(map(str, taken))} are taken; choose another PRM_PORT_BASE or free them.")
    return base


def _free(first: int) -> int:
    blocks = [base for base in range(FIRST, LAST - BLOCK, BLOCK) if base != first]
    start = next((index for index, base in enumerate(blocks) if base > first), 0)
    for base in [first, *blocks[start:], *blocks[:start]]:
        if not busy(base):
            return base
    raise PortsTaken(f"No block of {BLOCK} free ports between {FIRST} and {LAST}; set PRM_PORT_BASE.")


def _first_choice(data: Path) -> int:
    number = int(hashlib.sha256(os.fsencode(data)).hexdigest(), 16)
    return FIRST + number % ((LAST - FIRST) // BLOCK) * BLOCK
