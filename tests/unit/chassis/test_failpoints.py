"""A failpoint ends the process where it was armed, and is nothing where it was not."""

from __future__ import annotations

import os
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
