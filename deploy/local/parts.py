"""One part of the stack as data, and starting and stopping it as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.layout import Layout


class CannotStart(RuntimeError):
    """A part cannot be had or does not come up; the text tells a person what to do about it."""


class Cancelled(Exception):
    """The stack is told to stop while a part starts."""


NEVER = threading.Event()


def nothing() -> None:
    """For parts that need no such step."""


@dataclass(frozen=True)
class Part:
    """A program of the stack. `prepare` runs before it starts, `finish` once it is ready, `tidy` when it has ended."""

    name: str
    command: Callable[[], list[str]]
    address: str
    ready: Callable[[], bool]
    version: Callable[[], str]
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = nothing
    finish: Callable[[], None] = nothing
    tidy: Callable[[], None] = nothing
    stop_signal: signal.Signals = signal.SIGTERM
    folder: Path | None = None
    user: str | None = None
    start_seconds: float = 60.0
    stop_seconds: float = 20.0


def log_path(layout: Layout, name: str) -> Path:
    return layout.folder("logs") / f"{name}.log"


def launch(layout: Layout, part: Part) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    environment = {**_inherited(), **part.environment, "PRM_STACK": layout.marker}
    with log_path(layout, part.name).open("ab") as log:
        return subprocess.Popen(
            part.command(),
            env=environment,
            cwd=part.folder or layout.data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=part.user,
            group=part.user,
            extra_groups=[] if part.user else None,
        )


def await_ready(layout: Layout, part: Part, process: subprocess.Popen[bytes], cancelled: threading.Event = NEVER) -> None:
    """Wait until the part answers. Raises CannotStart with the end of its log when it dies or takes too long."""
    deadline = time.monotonic() + part.start_seconds
    while not part.ready():
        if process.poll() is not None:
            raise CannotStart(f"{part.name} ended with code {process.returncode}:\n{log_tail(layout, part.name)}")
        if time.monotonic() > deadline:
            raise CannotStart(f"{part.name} is not ready after {part.start_seconds:.0f} s:\n{log_tail(layout, part.name)}")
        if cancelled.wait(0.05):
            raise Cancelled


def start(layout: Layout, part: Part) -> subprocess.Popen[bytes]:
    """Prepare, launch, wait and finish: the whole way of one part."""
    part.prepare()
    process = launch(layout, part)
    try:
        await_ready(layout, part, process)
        part.finish()
    except BaseException:
        stop(part, process)
        raise
    return process


def stop(part: Part, process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and end its process group when it does not."""
    if process.poll() is None:
        process.send_signal(part.stop_signal)
    try:
        process.wait(part.stop_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    part.tidy()


def log_tail(layout: Layout, name: str, lines: int = 15) -> str:
    path = log_path(layout, name)
    text = path.read_text(errors="replace").splitlines() if path.exists() else []
    return "\n".join([*text[-lines:], f"(all of it: {path})"])


def _inherited() -> dict[str, str]:
    """Of our own environment only what programs need to run: parts must not see settings meant for another one."""
    wanted = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "GOTRACEBACK")
    return {name: os.environ[name] for name in wanted if name in os.environ}
