"""`prm bus declare`: exchanges and queues, before anybody publishes."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from chassis.settings import SERVICES, shared_settings
from cli.local import use_local_stack


def register(commands: Any) -> None:
    """bus declare."""
    group = commands.add_parser("bus", help="the event bus").add_subparsers(metavar="ACTION", required=True)
    group.add_parser("declare", help="declare exchanges and queues; refuses when one differs").set_defaults(run=_declare)


def _declare(_arguments: argparse.Namespace) -> int:
    use_local_stack()
    from chassis.events.topology import TopologyMismatch, declare, topology

    exchanges, queues = topology(SERVICES)
    try:
        declare(shared_settings().amqp_url.get_secret_value(), exchanges, queues)
    except TopologyMismatch as error:
        print(f"prm: {error}", file=sys.stderr)
        return 1
    print(f"{len(exchanges)} exchanges and {len(queues)} queues are there")
    return 0
