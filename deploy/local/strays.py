"""Find and end what a stack left running: every process of it carries PRM_STACK in its environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from deploy.local.layout import Layout

PROC = Path("/proc")


def strays(layout: Layout) -> list[int]:
    """Process ids of this stack, without the caller and those that started it.

    PostgreSQL overwrites its environment with its title, so its own pid file is read too.
    """
    ours = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and _marked(entry, layout)]
    return sorted({*ours, *_postmaster(layout)} - _lineage())


def end_strays(layout: Layout, seconds: float = 15.0) -> int:
    """End what is left, politely first; -> how many there were."""
    found = strays(layout)
    for pid in found:
        _send(pid, signal.SIGINT if pid in _postmaster(layout) else signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while strays(layout) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in strays(layout):
        _send(pid, signal.SIGKILL)
    return len(found)


def _marked(entry: Path, layout: Layout) -> bool:
    wanted = f"PRM_STACK={layout.marker}".encode()
    try:
        return wanted in (entry / "environ").read_bytes().split(b"\0") and not _zombie(entry)
    except OSError:  # ended meanwhile, or somebody else's
        return False


def _zombie(entry: Path) -> bool:
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _postmaster(layout: Layout) -> set[int]:
    folder = layout.data / "pg"
    try:
        pid, directory = (folder / "postmaster.pid").read_text().splitlines()[:2]
        same = Path(directory) == folder.resolve() and b"postgres" in (PROC / pid / "cmdline").read_bytes()
    except (OSError, ValueError):
        return set()
    return {int(pid)} if same else set()


def _lineage() -> set[int]:
    """This process and its ancestors: a command run inside a stack must not end itself."""
    line, pid = set(), os.getpid()
    while pid > 1:
        line.add(pid)
        try:
            pid = int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return line


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
