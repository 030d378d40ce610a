"""`prm audit verify`: recompute a service's audit chain and compare it with the heads that were seen elsewhere."""

from __future__ import annotations

import argparse
from typing import Any

from chassis.settings import SERVICES
from cli.local import use_local_stack
from cli.operating import writing


def register(commands: Any) -> None:
    """audit verify."""
    group = commands.add_parser("audit", help="the sealed audit logs").add_subparsers(metavar="ACTION", required=True)
    command = group.add_parser("verify", help="whether every record follows from the one before it")
    command.add_argument("services", nargs="*", choices=[*SERVICES, []], metavar="SERVICE", help="all when left out")
    command.add_argument("--last", type=int, default=0, help="only the last so many records")
    command.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    use_local_stack()
    verdicts = [_verified(service, arguments.last) for service in arguments.services or SERVICES]
    return 0 if all(verdicts) else 1


def _verified(service: str, last: int) -> bool:
    from chassis.audit.chain import verify, witnessed_heads
    from chassis.audit.witness import witness_of

    with writing(witness_of(service)) as connection:
        heads = witnessed_heads(connection, service)
    with writing(service) as connection:
        found = verify(connection, last, heads)
    state = "intact" if found.intact else f"BROKEN at {found.broken_at}: {found.problem}"
    print(f"{service:<10} {state}  ({found.checked} records, head {found.position} {found.hash.hex()[:16]}, {len(heads)} heads witnessed)")
    return found.intact
