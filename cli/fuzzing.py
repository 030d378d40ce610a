"""`./prm fuzz`: requests that are nearly right, by the hundred thousand, against a suite of its own."""

from __future__ import annotations

import argparse
from typing import Any

from cli.testing import own_run


def register(commands: Any) -> None:
    """fuzz [--requests N] [--seed N] [--only NUMBER] [--json FILE]."""
    command = commands.add_parser("fuzz", help="send broken requests to a suite of its own; nothing may break", add_help=False)
    command.set_defaults(run=_fuzz, takes_rest=True)


def _fuzz(arguments: argparse.Namespace) -> int:
    return own_run("fuzz", arguments.rest)
