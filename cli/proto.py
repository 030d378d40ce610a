"""`prm proto lint|breaking`: what buf says about the contracts, on the image that protoc made."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cli.generate import IMAGE, ROOT, generate, write_image

BUF = Path(sys.executable).parent / "buf"


def register(commands: Any) -> None:
    """proto lint, proto format, proto breaking --against REF."""
    group = commands.add_parser("proto", help="the contracts").add_subparsers(metavar="ACTION", required=True)
    group.add_parser("lint", help="lint and format check").set_defaults(run=lambda _: lint())
    breaking = group.add_parser("breaking", help="whether clients of an earlier commit still work")
    breaking.add_argument("--against", default="main", metavar="REF", help="a commit, tag or branch")
    breaking.set_defaults(run=_breaking)


def lint() -> int:
    """-> 0 when the contracts follow the rules of buf.lint.yaml and are formatted."""
    generate()
    linted = _buf("lint", str(IMAGE), "--config", "buf.lint.yaml")
    return linted or _buf("format", "--diff", "--exit-code", "protos")


def _breaking(arguments: argparse.Namespace) -> int:
    generate()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = subprocess.run(["git", "archive", arguments.against, "protos"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", name], input=archive, check=True)
        before = write_image(folder / "protos", folder / "before.binpb")
        return _buf("breaking", str(IMAGE), "--against", str(before), "--config", "buf.lint.yaml")


def _buf(*words: str) -> int:
    return subprocess.run([str(BUF), *words], cwd=ROOT, check=False).returncode
