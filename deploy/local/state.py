"""What a running stack tells others: its lock, and a file with the state of each part."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.layout import Layout

PROC = Path("/proc")


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this stack."""


@contextmanager
def held(layout_data: Path) -> Iterator[None]:
    """Hold the stack as its one supervisor. The kernel drops the lock with the process, however it ends."""
    path = _run(layout_data) / "supervisor.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"This stack is already running (supervisor {supervisor(layout_data)}).") from None
        (_run(layout_data) / "status.json").unlink(missing_ok=True)  # of one that was killed
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        (_run(layout_data) / "status.json").unlink(missing_ok=True)


def supervisor(data: Path) -> int | None:
    """The process id of the supervisor, or None when the stack is not running."""
    path = _run(data) / "supervisor.lock"
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(path.read_text() or 0) or None
    return None


def write(layout: Layout, state: str, url: str, parts: Sequence[Mapping[str, Any]]) -> None:
    """Replace the state file in one step."""
    content = {"state": state, "pid": os.getpid(), "url": url, "port_base": layout.base, "parts": [*parts]}
    path = _run(layout.data) / "status.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    fresh.replace(path)


def read(data: Path) -> dict[str, Any]:
    """The state of the stack, memory measured now; `{"state": "stopped", "parts": []}` when it does not run."""
    path = _run(data) / "status.json"
    if supervisor(data) is None or not path.exists():
        return {"state": "stopped", "pid": None, "url": None, "parts": []}
    content: dict[str, Any] = json.loads(path.read_text())
    children = _children()
    for part in content["parts"]:
        part["memory"] = sum(map(_memory, _tree(part["pid"], children))) if part["pid"] else None
    content["memory"] = _memory(content["pid"])
    return content


def ready(data: Path, pid: int) -> bool:
    """Whether this supervisor has everything up."""
    path = _run(data) / "status.json"
    content = json.loads(path.read_text()) if path.exists() else {}
    return (content.get("pid"), content.get("state")) == (pid, "ready")


def wait_stopped(data: Path, seconds: float) -> bool:
    """Whether the supervisor ended within this time."""
    deadline = time.monotonic() + seconds
    while supervisor(data) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _run(data: Path) -> Path:
    folder = data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent(entry)):
            found.setdefault(parent, []).append(int(entry.name))
    return found


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _tree(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    return [pid, *(each for child in children.get(pid, []) for each in _tree(child, children))]


def _memory(pid: int) -> int:
    """Bytes, pages shared between processes counted in proportion (PSS): PostgreSQL's buffers count once."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
