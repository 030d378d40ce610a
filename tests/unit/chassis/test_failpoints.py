"""A failpoint ends the process where it was armed, and is nothing where it was not."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from chassis import failpoints
from chassis.failpoints import FAILPOINTS, failpoint

PASSES = "from chassis.failpoints import failpoint\nfor _ in range({}): failpoint('{}')\n"


def ended(armed: str, passes: int, at: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", PASSES.format(passes, at)],
        env={**os.environ, "PRM_FAILPOINT": armed, "PYTHONPATH": "."},
        check=False,
        stderr=subprocess.DEVNULL,
    ).returncode


def test_unarmed_is_nothing() -> None:
    assert failpoints.ARMED == ""
    for name in FAILPOINTS:
        failpoint(name)


def test_frozen_is_frozen_at_once() -> None:
    """Not a moment later: another thread of the process may be the one that takes a stop meant for all of it."""
    program = """
import threading
from chassis.failpoints import failpoint

def pass_it():
    failpoint("log.moved")
    print("passed", flush=True)

thread = threading.Thread(target=pass_it)
thread.start()
thread.join()
"""
    environment = {**os.environ, "PRM_FAILPOINT": "log.moved:1:STOP", "PYTHONPATH": "."}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            assert not select.select([process.stdout], [], [], 0.3)[0]
            process.send_signal(signal.SIGCONT)
            assert process.stdout.read() == b"passed\n"
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("armed", "passes", "at", "code"),
    [
        ("log.moved", 1, "log.moved", -signal.SIGKILL),
        ("log.moved:3", 2, "log.moved", 0),
        ("log.moved:3", 3, "log.moved", -signal.SIGKILL),
        ("log.moved", 5, "inbox.applied", 0),
        ("no.such", 1, "log.moved", 1),
    ],
)
def test_armed_ends_the_process_there(armed: str, passes: int, at: str, code: int) -> None:
    assert ended(armed, passes, at) == code
