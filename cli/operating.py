"""What commands of operators share: a service's database, who is at the keyboard, refusals in one line."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chassis.settings import SERVICES
from cli.local import use_local_stack


def told(run: Callable[[argparse.Namespace], int | None]) -> Callable[[argparse.Namespace], int]:
    """Refusals are told in one line."""

    def told(arguments: argparse.Namespace) -> int:
        from chassis.errors import DomainError

        use_local_stack()
        try:
            return run(arguments) or 0
        except DomainError as error:
            print(f"prm: {error.text}", file=sys.stderr)
            return 1

    return told


def of_service(group: Any, name: str, text: str, run: Callable[[argparse.Namespace], int | None]) -> Any:
    """A command about one service."""
    command = group.add_parser(name, help=text)
    command.add_argument("service", choices=SERVICES, metavar="SERVICE")
    command.set_defaults(run=told(run))
    return command


@contextmanager
def writing(service: str) -> Iterator[Any]:
    """One transaction in a service's database, as the running service."""
    from chassis.settings import service_settings
    from chassis.store.database import Database

    database = Database(service_settings(service).database_url.get_secret_value(), pool_size=1, name=f"{service}-cli")
    try:
        with database.writing() as connection:
            yield connection
    finally:
        database.close()


def now() -> Any:
    """The time of the stack's clock."""
    from chassis.clock import Clock
    from chassis.settings import shared_settings

    return Clock(shared_settings().clock_file).now()


def operator() -> str:
    """Who is at the keyboard, for the audit log."""
    return f"operator:{getpass.getuser()}"
