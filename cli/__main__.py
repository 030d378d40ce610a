"""`./prm COMMAND`: one small module per group of commands, imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import cli
from deploy.local.layout import PortsTaken
from deploy.local.parts import CannotStart
from deploy.local.state import AlreadyRunning

CANNOT_BE_HAD, PORTS_TAKEN, ALREADY_RUNNING = 3, 4, 5


def parser() -> argparse.ArgumentParser:
    """All commands: every module of this package that has `register(commands)` adds its own."""
    root = argparse.ArgumentParser(prog="prm", description="Run, test and look after the PRM suite.")
    commands = root.add_subparsers(metavar="COMMAND", required=True)
    for found in pkgutil.iter_modules(cli.__path__):
        if found.name != "__main__":
            register = getattr(importlib.import_module(f"cli.{found.name}"), "register", None)
            if register is not None:
                register(commands)
    commands.add_parser("help", help="this text").set_defaults(run=lambda _: root.print_help())
    return root


def main(words: list[str]) -> int:
    """-> the exit code: 0 done, 1 failed, 2 not understood, 3 cannot be had, 4 ports taken, 5 already running."""
    arguments, rest = parser().parse_known_args(words or ["help"])
    if rest and not getattr(arguments, "takes_rest", False):
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        return int(arguments.run(arguments) or 0)
    except CannotStart as error:
        return _failed(error, CANNOT_BE_HAD)
    except PortsTaken as error:
        return _failed(error, PORTS_TAKEN)
    except AlreadyRunning as error:
        return _failed(error, ALREADY_RUNNING)


def _failed(error: Exception, code: int) -> int:
    print(f"prm: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
