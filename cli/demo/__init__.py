"""The demo programme: a year of a robotics vendor and its partners, made through the public API only."""

from __future__ import annotations

import argparse
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

DAYS = 370


def register(commands: Any) -> None:
    """demo load."""
    command = commands.add_parser("demo", help="the demo programme")
    verbs = command.add_subparsers(metavar="VERB", required=True)
    verbs.add_parser("load", help="load it into an empty local stack").set_defaults(run=_load)


def _load(_arguments: argparse.Namespace) -> int:
    from chassis.settings import SERVICES
    from cli.demo.load import Place, load_demo
    from cli.local import use_local_stack
    from deploy.local.layout import data_folder

    use_local_stack()
    data = data_folder()
    place = Place(
        targets={name: os.environ[f"PRM_{name.upper()}_TARGET"] for name in SERVICES},
        clock_file=data / "clock",
        mailbox=data / "mail",
        state=data / "demo.json",
        administrator=os.environ["PRM_ADMIN_EMAIL"],
        administrator_password=os.environ["PRM_ADMIN_PASSWORD"],
    )
    print(f"demo: {load_demo(place, lambda text: print(f'demo: {text}', flush=True))}")
    return 0


def begin(data: Path) -> None:
    """Let a new installation begin a year ago, so that its first administrator and keys are older than its first deal.

    The loader sets the clock to today when it is done; an installation that has begun is left alone.
    """
    if not (data / "demo.json").exists() and not (data / "pg").exists():
        data.mkdir(parents=True, exist_ok=True)
        (data / "clock").write_text(str(-timedelta(days=DAYS).total_seconds()))
