"""Logs: one JSON object a line, whatever was put into it, and no caller's metadata."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from deploy.local.layout import ROOT

HOSTILE = 'x\r\n{"event": "forged", "level": "info"}\n\x1b[2K\x1b[31mred\u2028\u0085\x00"'
SAID = f"""
import logging, structlog
from chassis.telemetry.logs import setup_logs
setup_logs("INFO")
hostile = {HOSTILE!r}
structlog.get_logger().info("call", request_id=hostile)
logging.getLogger("some.library").warning("could not read %s", hostile)
try:
    raise RuntimeError(hostile)
except RuntimeError:
    logging.getLogger("some.library").exception("failed")
logging.getLogger("grpc._cython.cygrpc").error("Invalid encoding on %s", b"Bearer eyJhbGciOi.secret.\\xff")  # as grpc's own code says it
logging.getLogger("grpc._cython.cygrpc").error("another trouble")
"""


@pytest.fixture(scope="module")
def output() -> str:
    """What a process of its own logs: the set-up is for good."""
    done = subprocess.run(
        [sys.executable, "-c", SAID], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_value_begins_no_line_and_colours_nothing(output: str) -> None:
    assert all(character == "\n" or character.isprintable() for character in output), "nothing that a terminal would obey"
    own, library, failed, _ = [json.loads(line) for line in output.splitlines()]
    assert (own["event"], own["request_id"]) == ("call", HOSTILE)
    assert library["event"] == f"could not read {HOSTILE}"
    assert "RuntimeError" in failed["exception"] and "Traceback" in failed["exception"], "where a library failed is told"


def test_metadata_that_grpc_cannot_read_stays_out(output: str) -> None:
    assert "secret" not in output
    assert json.loads(output.splitlines()[-1])["event"] == "another trouble"
