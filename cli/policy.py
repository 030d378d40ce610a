"""`prm policy build|check`: the signed bundle, and everything OPA can say about the rules."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
from typing import Any

from deploy.local import state
from deploy.local.bundle import POLICIES, build, revision
from deploy.local.install import opa
from deploy.local.layout import data_folder
from deploy.local.parts import CannotStart

COVERAGE_PERCENT = 95.0


def register(commands: Any) -> None:
    """policy build, policy test."""
    group = commands.add_parser("policy", help="the policy bundle").add_subparsers(metavar="ACTION", required=True)
    group.add_parser("build", help="build and sign the bundle; a running OPA starts again with it").set_defaults(run=_build)
    group.add_parser("test", help="opa check, fmt and test with coverage").set_defaults(run=lambda _: check())


def check() -> int:
    """Strict check, format, tests, coverage. -> 0 when all is well; prints what is not."""
    program, folder = str(opa()), str(POLICIES)
    for words in (["check", "--strict", folder], ["fmt", "--fail", "--list", folder], ["test", folder]):
        if subprocess.run([program, *words], check=False).returncode:
            return 1
    return _coverage(program, folder)


def _coverage(program: str, folder: str) -> int:
    done = subprocess.run([program, "test", "--coverage", "--format=json", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"opa test --coverage: {done.stderr}{done.stdout}")
    percent = float(json.loads(done.stdout)["coverage"])
    print(f"coverage of the policies: {percent:.1f} %")
    return 0 if percent >= COVERAGE_PERCENT else 1


def _build(_arguments: argparse.Namespace) -> None:
    path = build(data_folder())
    print(f"{path} (revision {revision()})")
    for part in state.read(data_folder())["parts"]:
        if part["name"] == "opa" and part["pid"]:
            os.kill(part["pid"], signal.SIGTERM)  # the supervisor starts it again
