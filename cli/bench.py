"""`./prm bench`: how fast the foundation is, against its goals."""

from __future__ import annotations

import argparse
from typing import Any

from cli.testing import own_run


def register(commands: Any) -> None:
    """bench [figures…] [--short] [--list] [--json PATH]."""
    command = commands.add_parser("bench", help="measure the foundation against its goals (--list names the figures)", add_help=False)
    command.set_defaults(run=_bench, takes_rest=True)


def _bench(arguments: argparse.Namespace) -> int:
    return own_run("bench", arguments.rest)
