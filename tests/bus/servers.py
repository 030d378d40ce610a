"""Servers of a test's own, which it may kill, freeze and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, rabbitmq
from deploy.local.layout import Layout
from deploy.local.parts import Part, start, stop


@dataclass
class Server:
    """One server with data and ports of its own."""

    layout: Layout
    process: subprocess.Popen[bytes] | None = None

    @property
    def part(self) -> Part:
        raise NotImplementedError

    def start(self) -> None:
        self.process = start(self.layout, self.part)

    def pids(self) -> list[int]:
        """The server and what it started, itself first; PostgreSQL's children are in sessions of their own."""
        assert self.process
        found = [self.process.pid]
        for pid in found:
            with suppress(OSError):
                found += [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
        return found

    def send(self, number: signal.Signals) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert self.process
        self.process.wait()
        time.sleep(0.1)  # the kernel lets go of its memory and its port

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """There, but it says nothing."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            stop(self.part, self.process)


class OwnBroker(Server):
    """RabbitMQ."""

    @property
    def part(self) -> Part:
        return rabbitmq.part(self.layout)


class OwnPostgres(Server):
    """PostgreSQL as `./prm up` has it: what is committed survives a kill."""

    @property
    def part(self) -> Part:
        return postgres.part(self.layout)
