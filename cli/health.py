"""`prm health`: whether the apis answer SERVING; a probe for people and orchestrators."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from chassis.settings import SERVICES
from cli.local import use_local_stack


def register(commands: Any) -> None:
    """health [--wait SECONDS]."""
    command = commands.add_parser("health", help="whether every api is ready")
    command.add_argument("services", nargs="*", default=list(SERVICES), metavar="SERVICE")
    command.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="how long to wait for it")
    command.set_defaults(run=_health)


def _health(arguments: argparse.Namespace) -> int:
    use_local_stack()
    from chassis.rpc.probe import serving
    from gateway.settings import Targets

    targets, deadline = Targets().of(), time.monotonic() + arguments.wait
    while waiting := [name for name in arguments.services if not serving(targets[name])]:
        if time.monotonic() >= deadline:
            print(f"not serving: {', '.join(waiting)}", file=sys.stderr)
            return 1
        time.sleep(0.1)
    print("all serving")
    return 0
