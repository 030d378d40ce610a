"""Taking parts of a suite away, each alone, and waiting until the supervisor has brought them back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cli.demo.client import eventually
from deploy.local import state
from tests.system.suite import Suite

BACK_SECONDS = 120.0  # its waits grow when a part dies several times within a minute


@contextmanager
def dead(suite: Suite, name: str) -> Iterator[None]:
    """Killed, and not started again before the block ends: the supervisor is held meanwhile."""
    before, supervisor = suite.pid(name), state.read(suite.data)["pid"]
    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.killpg(before, signal.SIGKILL)
        yield
    finally:
        os.kill(supervisor, signal.SIGCONT)
    back(suite, name, before)


@contextmanager
def silent(suite: Suite, name: str) -> Iterator[None]:
    """There, but it says nothing: connections are taken by the kernel and never answered."""
    pid = suite.pid(name)
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def killed(suite: Suite, name: str) -> int:
    """Kill a part's own process and leave the rest to the supervisor; -> the process that was."""
    pid = suite.pid(name)
    os.kill(pid, signal.SIGKILL)
    return pid


def back(suite: Suite, name: str, before: int) -> None:
    """Wait until another process does the part's work."""

    def found() -> bool:
        part: dict[str, Any] = next(part for part in state.read(suite.data)["parts"] if part["name"] == name)
        return part["state"] == "running" and part["pid"] not in (None, before)

    eventually(found, f"the return of {name}", BACK_SECONDS)
