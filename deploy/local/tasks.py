"""The order of a start: tasks run as soon as those they need are done, all at once otherwise."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from deploy.local.layout import Layout
from deploy.local.parts import Cancelled, CannotStart, log_path, log_tail


@dataclass(frozen=True)
class Task:
    """Something to do once; `after` names tasks that stand before it in the list."""

    name: str
    run: Callable[[], None]
    after: Sequence[str] = ()


def run_all(tasks: Sequence[Task], cancelled: threading.Event) -> None:
    """Run them all; the first failure cancels the rest and is raised."""
    futures: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(max(len(tasks), 1)) as pool:
        for task in tasks:
            needed = [futures[name] for name in task.after]
            futures[task.name] = pool.submit(_run, task, needed, cancelled)
    errors = [error for future in futures.values() if (error := future.exception())]
    real = [error for error in errors if not isinstance(error, Cancelled)]
    if errors:
        raise (real or errors)[0]


def _run(task: Task, needed: Sequence[Future[None]], cancelled: threading.Event) -> None:
    for future in needed:
        if future.exception():
            raise Cancelled
    if cancelled.is_set():
        raise Cancelled
    try:
        task.run()
    except BaseException:
        cancelled.set()
        raise


def step(layout: Layout, name: str, command: Sequence[str], environment: Mapping[str, str], cancelled: threading.Event) -> None:
    """Run one command of the suite to its end. Raises CannotStart with the end of its log, or Cancelled."""
    with log_path(layout, name).open("ab") as log:
        process = subprocess.Popen(command, env={**environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    while process.poll() is None:
        if cancelled.wait(0.05):
            process.terminate()
            process.wait()
            raise Cancelled
    if process.returncode:
        raise CannotStart(f"{name} ended with code {process.returncode}:\n{log_tail(layout, name)}")
