"""What the supervisor does with a part that runs and never gets ready."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from deploy.local import units
from deploy.local.layout import Layout
from deploy.local.parts import CannotStart, Part
from deploy.local.units import Unit


def test_a_part_that_was_started_again_and_does_not_get_ready_is_ended_and_started_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "FIRST_WAIT", 0.05)
    good = [True]
    said: list[str] = []
    part = Part("opa", lambda: ["sleep", "60"], "", ready=lambda: good[0], version=lambda: "1", start_seconds=0.2)
    unit = Unit(Layout(tmp_path, 20_000), part, _wait=0.05)
    try:
        unit.start(threading.Event())
        first = unit.process
        good[0] = False
        unit.kill()
        end = time.monotonic() + 10
        while unit.restarts < 2 and time.monotonic() < end:
            unit.mind(said.append)
            time.sleep(0.02)
        good[0] = True
        while unit.state != "running" and time.monotonic() < end:
            unit.mind(said.append)
            time.sleep(0.02)
        assert unit.state == "running" and unit.restarts == 2 and unit.process is not first
        assert "opa runs and does not get ready" in said and said[-1] == "opa is back"
    finally:
        unit.kill()
        if unit.process:
            unit.process.wait()


def test_a_part_is_prepared_each_time_it_is_started_again(tmp_path: Path) -> None:
    """One that cannot be prepared waits, and the others are minded all the same."""
    answers: list[Exception | None] = [None, CannotStart("its bundle does not build"), None]
    said: list[str] = []

    def prepare() -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer

    part = Part("opa", lambda: ["sleep", "60"], "", ready=lambda: True, version=lambda: "1", prepare=prepare)
    unit = Unit(Layout(tmp_path, 20_000), part)
    try:
        unit.start(threading.Event())
        unit.kill()
        end = time.monotonic() + 10
        while (answers or unit.state != "running") and time.monotonic() < end:
            unit.mind(said.append)
            time.sleep(0.02)
        assert unit.state == "running" and not answers
        assert "opa cannot be started again: its bundle does not build" in said and said[-1] == "opa is back"
    finally:
        unit.stop()
