"""`prm identity bootstrap|create-admin|replay-facts|rotate-keys`: the few things that do not go through the API."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cli.local import use_local_stack

if TYPE_CHECKING:
    from chassis.settings import SharedSettings
    from chassis.store.system import SystemWork
    from services.identity.bootstrap import Wanted


def register(commands: Any) -> None:
    """The four actions."""
    group = commands.add_parser("identity", help="vendor, administrators, facts, keys").add_subparsers(metavar="ACTION", required=True)
    first = group.add_parser("bootstrap", help="make vendor, roles, signing key, first administrator and the gateway's account")
    first.add_argument("--vendor", help="name of the vendor")
    more = group.add_parser("create-admin", help="add an administrator, or let one who lost her password in again")
    for command in (first, more):
        command.add_argument("--email", help="address of the administrator")
        command.add_argument("--name", help="her name")
        command.set_defaults(run=_make)
    more.set_defaults(more=True)
    group.add_parser("replay-facts", help="say all access facts again").set_defaults(run=_replay)
    group.add_parser("rotate-keys", help="publish the next signing key and retire those long replaced").set_defaults(run=_rotate)


def _make(arguments: argparse.Namespace) -> int:
    from services.identity import bootstrap

    work, shared = _work()
    wanted = _wanted(arguments, shared)
    made = bootstrap.create_admin(work, wanted) if getattr(arguments, "more", False) else bootstrap.bootstrap(work, wanted)
    print(f"vendor {made.vendor_id}, administrator {made.administrator_email}")
    if made.password and not wanted.administrator_password:
        print(f"password, told this once: {made.password}")
    return 0


def _wanted(arguments: argparse.Namespace, shared: SharedSettings) -> Wanted:
    """What the command line says, else `PRM_VENDOR_NAME`, `PRM_ADMIN_EMAIL` and so on."""
    from services.identity.bootstrap import Wanted
    from services.identity.settings import first_start

    own = first_start()
    if shared.keys_dir is None:
        raise SystemExit("prm: PRM_KEYS_DIR must name the folder of the signing keys")
    return Wanted(
        keys=shared.keys_dir,
        vendor_name=getattr(arguments, "vendor", None) or own.vendor_name,
        administrator_email=arguments.email or own.admin_email,
        administrator_name=arguments.name or own.admin_name,
        administrator_password=own.admin_password.get_secret_value(),
        portal_client_id=shared.portal_client_id,
        portal_client_secret=shared.portal_client_secret.get_secret_value(),
    )


def _replay(_arguments: argparse.Namespace) -> int:
    from services.identity.facts.replay import replay_facts

    print(f"staged; the end mark is {replay_facts(_work()[0])}")
    return 0


def _rotate(_arguments: argparse.Namespace) -> int:
    from services.identity.bootstrap import rotate_keys

    work, shared = _work()
    if shared.keys_dir is None:
        raise SystemExit("prm: PRM_KEYS_DIR must name the folder of the signing keys")
    new, retired = rotate_keys(work, shared.keys_dir)
    print(f"published {new}; retired {', '.join(retired) or 'none'}")
    return 0


def _work() -> tuple[SystemWork, SharedSettings]:
    """The way to work on identity's database as the system."""
    use_local_stack()
    from chassis.clock import Clock
    from chassis.settings import service_settings, shared_settings
    from chassis.store.database import Database
    from chassis.store.system import SystemWork
    from services.identity.service import SERVICE

    shared, own = shared_settings(), service_settings("identity")
    database = Database(own.database_url.get_secret_value(), pool_size=2, name="identity-cli")
    return SystemWork(SERVICE, database, Clock(shared.clock_file), shared), shared
