"""The demo programme: a year of a robotics vendor and its partners, made through the public API only."""

from __future__ import annotations

import argparse
import os
from typing import Any


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
    loaded = load_demo(place, lambda text: print(f"demo: {text}", flush=True))
    print("demo: loaded" if loaded else "demo: was there already")
    return 0
