"""`prm identity bootstrap|create-admin|replay-facts|rotate-keys`: the few things that do not go through the API."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chassis.errors import DomainError
from cli.local import use_local_stack

if TYPE_CHECKING:
    from chassis.settings import SharedSettings
    from chassis.store.system import SystemWork
    from services.identity.bootstrap import Made


def register(commands: Any) -> None:
    """The four actions."""
    group = commands.add_parser("identity", help="vendor, administrators, facts, keys").add_subparsers(metavar="ACTION", required=True)
    first = group.add_parser("bootstrap", help="make vendor, roles, signing key, first administrator and the gateway's account")
    first.add_argument("--vendor", help="name of the vendor; else PRM_VENDOR_NAME")
    first.add_argument("--email", help="address of the administrator; else PRM_ADMIN_EMAIL")
    first.add_argument("--name", help="her name; else PRM_ADMIN_NAME")
    first.set_defaults(run=_bootstrap)
    more = group.add_parser("create-admin", help="add an administrator, or let one who lost her password in again")
    more.add_argument("--email", required=True, help="her address")
    more.add_argument("--name", default="Administrator", help="her name, where she is new")
    more.add_argument("--password-stdin", action="store_true", help="read her password from standard input; else one is made and told")
    more.set_defaults(run=_create_admin)
    group.add_parser("replay-facts", help="say all access facts again").set_defaults(run=_replay)
    group.add_parser("rotate-keys", help="publish the next signing key and retire those long replaced").set_defaults(run=_rotate)


def _bootstrap(arguments: argparse.Namespace) -> int:
    """The password comes from PRM_ADMIN_PASSWORD; else one is made and told."""
    from services.identity.bootstrap import Wanted, bootstrap
    from services.identity.settings import first_start

    work, shared = _work()
    own = first_start()
    wanted = Wanted(
        keys=_keys(shared),
        vendor_name=arguments.vendor or own.vendor_name,
        administrator_email=arguments.email or own.admin_email,
        administrator_name=arguments.name or own.admin_name,
        administrator_password=own.admin_password.get_secret_value(),
        portal_client_id=shared.portal_client_id,
        portal_client_secret=shared.portal_client_secret.get_secret_value(),
    )
    return _tell(lambda: bootstrap(work, wanted), told=bool(wanted.administrator_password))


def _create_admin(arguments: argparse.Namespace) -> int:
    """Never the first administrator's password from the settings: nobody would know that two people share it."""
    from services.identity.bootstrap import Wanted, create_admin

    work, shared = _work()
    password = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else ""
    wanted = Wanted(_keys(shared), "", arguments.email, arguments.name, password)
    return _tell(lambda: create_admin(work, wanted), told=bool(password))


def _tell(make: Callable[[], Made], *, told: bool) -> int:
    """Do it and say what there is now; a refusal, such as a weak password, is a line and not a trace."""
    try:
        made = make()
    except (DomainError, LookupError) as error:
        print(f"prm: {error}", file=sys.stderr)
        return 1
    print(f"vendor {made.vendor_id}, administrator {made.administrator_email}")
    if made.password and not told:
        print(f"password, told this once: {made.password}")
    return 0


def _keys(shared: SharedSettings) -> Path:
    if shared.keys_dir is None:
        raise SystemExit("prm: PRM_KEYS_DIR must name the folder of the signing keys")
    return shared.keys_dir


def _replay(_arguments: argparse.Namespace) -> int:
    from services.identity.facts.replay import replay_facts

    print(f"staged; the end mark is {replay_facts(_work()[0])}")
    return 0


def _rotate(_arguments: argparse.Namespace) -> int:
    from services.identity.bootstrap import rotate_keys

    work, shared = _work()
    new, retired = rotate_keys(work, _keys(shared))
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
