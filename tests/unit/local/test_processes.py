"""Starting, restarting and ending programs: nothing may be left, nothing foreign may be touched."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.layout import Layout
from deploy.local.parts import CannotStart, Part, start, stop
from deploy.local.strays import end_strays, strays
from deploy.local.tasks import Task, run_all
from deploy.local.units import Unit

STUBBORN = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = f"import subprocess,sys,time; subprocess.Popen([sys.executable,'-c',{STUBBORN!r}], start_new_session=True); time.sleep(60)"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, 1)


def python(code: str, ready: Callable[[], bool] = lambda: True, start_seconds: float = 60, stop_seconds: float = 20) -> Part:
    command = [sys.executable, "-c", code]
    return Part("toy", lambda: command, "nowhere", ready, lambda: "1", start_seconds=start_seconds, stop_seconds=stop_seconds)


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_dies_while_starting_says_why(layout: Layout) -> None:
    with pytest.raises(CannotStart, match=r"code 7:\s+no such luck"):
        start(layout, python("import sys; print('no such luck', flush=True); sys.exit(7)", lambda: False))


def test_what_never_answers_is_given_up_and_ended(layout: Layout) -> None:
    with pytest.raises(CannotStart, match="not ready after"):
        start(layout, python("import time; time.sleep(60)", lambda: False, start_seconds=0.3))
    assert strays(layout) == []


def test_what_ignores_the_polite_signal_is_killed(layout: Layout) -> None:
    log = layout.folder("logs") / "toy.log"
    part = python(STUBBORN, lambda: log.exists() and "up" in log.read_text(), stop_seconds=0.2)
    process = start(layout, part)
    stop(part, process)
    assert process.returncode == -signal.SIGKILL


def test_a_grandchild_in_a_session_of_its_own_is_found_and_ended(layout: Layout) -> None:
    log = layout.folder("logs") / "toy.log"
    part = python(PARENT, lambda: log.exists() and "up" in log.read_text(), stop_seconds=0.2)
    process = start(layout, part)
    stop(part, process)
    assert len(strays(layout)) == 1
    assert end_strays(layout, seconds=0.2) == 1
    eventually(lambda: strays(layout) == [])


def test_processes_of_another_stack_are_left_alone(layout: Layout, tmp_path: Path) -> None:
    other = Layout(tmp_path / "other", 1)
    other.folder()
    part = python("import time; time.sleep(60)")
    process = start(other, part)
    end_strays(layout)
    assert process.poll() is None
    stop(part, process)


def test_a_process_that_dies_is_started_again(layout: Layout) -> None:
    unit, said = Unit(layout, python("import time; time.sleep(60)")), list[str]()
    unit.start(threading.Event())
    assert unit.process
    first = unit.process.pid
    unit.process.kill()

    def back() -> bool:
        unit.mind(said.append)
        return unit.state == "running" and unit.describe()["pid"] not in (None, first)

    eventually(back)
    assert unit.describe()["restarts"] == 1
    assert "ended with code -9" in said[0]
    unit.stop()


def test_tasks_wait_for_what_they_need() -> None:
    done: list[str] = []

    def slow() -> None:
        time.sleep(0.1)
        done.append("slow")

    def after() -> None:
        done.append("after")

    run_all([Task("slow", slow), Task("after", after, ["slow"])], threading.Event())
    assert done == ["slow", "after"]


def test_a_failure_stops_the_start_and_is_what_one_hears() -> None:
    cancelled, done = threading.Event(), list[str]()

    def fail() -> None:
        raise CannotStart("no broker")

    def after() -> None:
        done.append("after")

    with pytest.raises(CannotStart, match="no broker"):
        run_all([Task("bad", fail), Task("after", after, ["bad"])], cancelled)
    assert cancelled.is_set()
    assert done == []


def test_a_command_inside_a_stack_does_not_end_itself(layout: Layout) -> None:
    code = f"from pathlib import Path; from deploy.local.layout import Layout; from deploy.local.strays import end_strays; print(end_strays(Layout(Path({str(layout.data)!r}), 1)))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PRM_STACK": layout.marker, "PYTHONPATH": "."}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"
