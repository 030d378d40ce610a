"""Start, kill and watch consumer and runner processes from a test."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any, Self

from tests.bus.world import World

ROOT = Path(__file__).resolve().parents[2]
STARTED = {"consumer": b"consumer_started", "runner": b"runner_started", "stock": b"stock_started"}


@dataclass
class Process:
    """One process and what it printed."""

    world: World
    role: str
    amqp: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    output: Any = field(default_factory=tempfile.TemporaryFile)
    running: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> Process:
        environment = {
            **os.environ,
            "TEST_URL": self.world.url,
            "TEST_AMQP": self.amqp or self.world.amqp,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'build/gen'}",
            **self.environment,
        }
        command = [sys.executable, "-m", "tests.bus.process", self.role]
        self.running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.output, stderr=self.output)
        if wait:
            self.wait_for(STARTED[self.role])
        return self

    def log(self) -> bytes:
        return os.pread(self.output.fileno(), 10_000_000, 0)

    def wait_for(self, text: bytes, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while text not in self.log():
            assert time.monotonic() < end and self.code() is None, self.log().decode()[-3000:]
            time.sleep(0.05)

    def code(self) -> int | None:
        return self.running.poll() if self.running else None

    def send(self, number: int = SIGKILL) -> None:
        if self.running and self.code() is None:
            self.running.send_signal(number)

    def end(self, number: int = SIGTERM, seconds: float = 30) -> int:
        """Send the signal and wait; -> the exit code."""
        self.send(number)
        assert self.running
        return self.running.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.running and self.code() is None:
            self.running.kill()
            self.running.wait()
        self.output.close()


@contextmanager
def process(world: World, role: str, amqp: str = "", *, wait: bool = True) -> Iterator[Process]:
    found = Process(world, role, amqp)
    try:
        yield found.start(wait=wait)
    finally:
        with suppress(ProcessLookupError):
            found.close()
