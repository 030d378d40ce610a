"""`prm events`: events that could not be applied, and publishing part of a log again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from chassis.settings import SERVICES
from cli.operating import now, of_service, operator, told, writing


def register(commands: Any) -> None:
    """events parked|show|replay|discard|republish."""
    group = commands.add_parser("events", help="events that could not be applied").add_subparsers(metavar="ACTION", required=True)
    command = group.add_parser("parked", help="what waits for a person, grouped by cause")
    command.add_argument("service", nargs="?", choices=SERVICES, metavar="SERVICE", help="all when left out")
    command.add_argument("--waiting", action="store_true", help="also what is tried again by itself")
    command.set_defaults(run=told(_parked))
    command = of_service(group, "show", "one of them", _show)
    command.add_argument("id", type=int)
    command = _selecting(group, "replay", "apply again", _replay)
    command.add_argument("--rate", type=float, default=50, metavar="PER_SECOND")
    command = _selecting(group, "discard", "decide that they shall not be applied", _discard)
    command.add_argument("--reason", required=True, help="why, for the audit log")
    command = of_service(group, "republish", "publish the log again from a position; consumers drop what they applied", _republish)
    command.add_argument("--from", type=int, required=True, dest="position", metavar="POSITION")


def _selecting(group: Any, name: str, text: str, run: Callable[[argparse.Namespace], int | None]) -> Any:
    command = of_service(group, name, text, run)
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", type=int, action="append", default=[], dest="ids", help="may be repeated")
    which.add_argument("--fingerprint", default="", help="all of one cause, as `parked` shows it")
    which.add_argument("--all", action="store_true", dest="everything")
    return command


def _selection(arguments: argparse.Namespace) -> Any:
    from chassis.consumer.parked import Selection

    return Selection(arguments.ids, arguments.fingerprint, arguments.everything)


def _parked(arguments: argparse.Namespace) -> None:
    from chassis.consumer.parked import groups
    from chassis.consumer.tables import OPEN_STATES

    for service in [arguments.service] if arguments.service else SERVICES:
        with writing(service) as connection:
            for row in groups(connection, OPEN_STATES if arguments.waiting else ("parked",)):
                print(f"{row.number:>6}  {row.state:<8} {row.fingerprint}  {row.consumer}  {row.type}")
                print(f"        {row.reason}: {row.error}  (first {row.first:%Y-%m-%d %H:%M}, last {row.last:%Y-%m-%d %H:%M})")


def _show(arguments: argparse.Namespace) -> None:
    from chassis.consumer.parked import show

    with writing(arguments.service) as connection:
        print(json.dumps(show(connection, arguments.id), indent=2, default=str))


def _replay(arguments: argparse.Namespace) -> None:
    from chassis.consumer.parked import replay

    with writing(arguments.service) as connection:
        number = replay(connection, _selection(arguments), operator(), now(), arguments.rate)
    print(f"{number} will be applied by the runner")


def _discard(arguments: argparse.Namespace) -> None:
    from chassis.consumer.parked import discard

    with writing(arguments.service) as connection:
        number = discard(connection, _selection(arguments), operator(), now(), arguments.reason)
    print(f"{number} discarded")


def _republish(arguments: argparse.Namespace) -> None:
    from chassis.events.republish import republish

    with writing(arguments.service) as connection:
        number = republish(connection, arguments.position, now())
    print(f"{number} events will be published again")
