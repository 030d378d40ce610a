"""`./prm bench`: how fast the foundation is, against its goals."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import Any

from deploy.local.layout import ROOT
from deploy.local.parts import CannotStart


def register(commands: Any) -> None:
    """bench [figures…] [--short] [--list] [--json PATH]."""
    command = commands.add_parser("bench", help="measure the foundation against its goals (--list names the figures)", add_help=False)
    command.set_defaults(run=_bench, takes_rest=True)


def _bench(arguments: argparse.Namespace) -> int:
    if not (ROOT / "tests/bench").exists():
        raise CannotStart("There are no measurements (tests/bench) in this checkout.")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "build" / "gen")])
    return subprocess.run(
        [sys.executable, "-m", "tests.bench", *arguments.rest], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, check=False
    ).returncode
