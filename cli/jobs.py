"""`prm jobs`: clocks and outside effects that were given up."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from chassis.settings import SERVICES
from cli.operating import now, of_service, operator, told, writing


def register(commands: Any) -> None:
    """jobs parked|retry|discard."""
    group = commands.add_parser("jobs", help="clocks and outside effects that were given up").add_subparsers(
        metavar="ACTION", required=True
    )
    command = group.add_parser("parked", help="what waits for a person")
    command.add_argument("service", nargs="?", choices=SERVICES, metavar="SERVICE", help="all when left out")
    command.set_defaults(run=told(_parked))
    _selecting(group, "retry", "let the runner do them again", _retry)
    command = _selecting(group, "discard", "decide that they shall never be done", _discard)
    command.add_argument("--reason", required=True, help="why, for the audit log")


def _selecting(group: Any, name: str, text: str, run: Callable[[argparse.Namespace], int | None]) -> Any:
    command = of_service(group, name, text, run)
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--kind", default="", help="all of one kind, or those of --key")
    which.add_argument("--all", action="store_true", dest="everything")
    command.add_argument("--key", action="append", default=[], dest="keys", help="may be repeated")
    return command


def _selection(arguments: argparse.Namespace) -> Any:
    from chassis.runner.parked import Selection

    return Selection(arguments.kind, arguments.keys, arguments.everything)


def _parked(arguments: argparse.Namespace) -> None:
    from chassis.runner.parked import parked

    for service in [arguments.service] if arguments.service else SERVICES:
        with writing(service) as connection:
            for row in parked(connection):
                print(f"{service}  {row.kind}  {row.key}  after {row.attempts} attempts, {row.parked_at:%Y-%m-%d %H:%M}")
                print(f"        {row.last_error}")


def _retry(arguments: argparse.Namespace) -> None:
    from chassis.runner.parked import retry

    with writing(arguments.service) as connection:
        number = retry(connection, _selection(arguments), operator(), now())
    print(f"{number} will be done by the runner")


def _discard(arguments: argparse.Namespace) -> None:
    from chassis.runner.parked import discard

    with writing(arguments.service) as connection:
        number = discard(connection, _selection(arguments), operator(), now(), arguments.reason)
    print(f"{number} discarded")
