"""The production commands: one image, the command picks the role (`prm api deals`, `prm migrate deals`)."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from chassis.settings import SERVICES
from cli.local import use_local_stack


def register(commands: Any) -> None:
    """api, consumer, runner, gateway, migrate."""
    roles = {"api": _api, "consumer": _consumer, "runner": _runner, "migrate": _migrate}
    texts = {
        "api": "serve gRPC",
        "consumer": "consume events",
        "runner": "publish events, do jobs",
        "migrate": "bring databases up to date",
    }
    for name, run in roles.items():
        command = commands.add_parser(name, help=f"{texts[name]} for services, or `all`")
        command.add_argument("services", nargs="+", choices=[*SERVICES, "all"], metavar="SERVICE")
        command.set_defaults(run=run)
    commands.add_parser("gateway", help="serve the portal and the REST API").set_defaults(run=_gateway)


def chosen(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The services named, each once."""
    return SERVICES if "all" in arguments.services else tuple(dict.fromkeys(arguments.services))


def _api(arguments: argparse.Namespace) -> None:
    use_local_stack()
    from chassis.rpc.server import serve

    serve(chosen(arguments))


def _consumer(arguments: argparse.Namespace) -> None:
    """A fresh interpreter: eventlet has to patch before anything else is imported."""
    use_local_stack()
    os.execv(sys.executable, [sys.executable, "-m", "chassis.consumer", *chosen(arguments)])


def _runner(arguments: argparse.Namespace) -> int:
    use_local_stack()
    from chassis.runner.host import run

    return run(chosen(arguments))


def _gateway(_arguments: argparse.Namespace) -> None:
    use_local_stack()
    from gateway.server import run

    run()


def _migrate(arguments: argparse.Namespace) -> None:
    use_local_stack()
    from chassis.store.migrations import migrate

    for service in chosen(arguments):
        migrate(service)
        print(f"{service}: schema is current", flush=True)
