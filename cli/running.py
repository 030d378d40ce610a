"""`prm up`, `down`, `status`, `doctor`: the local stack of this checkout."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from deploy.local import state
from deploy.local.layout import claim, data_folder, known
from deploy.local.strays import end_strays

DOWN_SECONDS = 60.0
RSS_UNIT = 1024 * 1024


def register(commands: Any) -> None:
    """up, down, status, doctor."""
    command = commands.add_parser("up", help="start everything that is missing and stay with it")
    command.add_argument("--detach", action="store_true", help="return once everything is up")
    command.add_argument("--isolated", action="store_true", help="one process per role and service, as in production")
    command.add_argument("--no-demo", action="store_true", help="do not load the demo programme")
    command.set_defaults(run=_up)
    commands.add_parser("down", help="stop everything").set_defaults(run=_down)
    command = commands.add_parser("status", help="what runs, where, and how much memory it takes")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_status)
    commands.add_parser("doctor", help="what is missing, which ports, how many connections").set_defaults(run=_doctor)


def _up(arguments: argparse.Namespace) -> int:
    data = data_folder()
    if state.supervisor(data) is not None and arguments.detach:
        return _already(data)
    return _detached(data, arguments) if arguments.detach else _foreground(data, arguments)


def _foreground(data: Path, arguments: argparse.Namespace) -> int:
    from deploy.local.supervisor import Supervisor, Wishes

    with state.held(data):
        end_strays(known(data))  # what a killed supervisor left
        layout = claim(data, os.environ.get("PRM_PORT_BASE"))
        print(f"Starting in {layout.data}, ports {layout.base} and up …", flush=True)
        return Supervisor(layout, Wishes(arguments.isolated, not arguments.no_demo)).run()


def _already(data: Path) -> int:
    found = state.read(data)
    print(f"Already up ({found['state']}): {found['url']}")
    return 0


def _detached(data: Path, arguments: argparse.Namespace) -> int:
    """Start a supervisor of its own session; show what it says until everything is up or it has given up."""
    flags = [flag for flag in ("--isolated", "--no-demo") if getattr(arguments, flag[2:].replace("-", "_"))]
    log = data / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        command = [sys.executable, "-m", "cli", "up", *flags]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    try:
        return _follow(data, log, process)
    except KeyboardInterrupt:
        return _down(arguments) or 130


def _follow(data: Path, log: Path, process: subprocess.Popen[bytes]) -> int:
    with log.open() as said:
        while True:
            ended, ready = process.poll(), state.ready(data, process.pid)
            if text := said.read():
                print(text, end="", flush=True)
            if ended is not None or ready:
                print(said.read(), end="", flush=True)
                return ended or 0
            time.sleep(0.1)


def _down(_arguments: argparse.Namespace) -> int:
    data = data_folder()
    if (pid := state.supervisor(data)) is not None:
        os.kill(pid, signal.SIGTERM)
        if not state.wait_stopped(data, DOWN_SECONDS):
            print(f"The supervisor ({pid}) does not end; ending it.", file=sys.stderr)
            os.kill(pid, signal.SIGKILL)
    left = end_strays(known(data))
    print("Stopped." if pid is not None else f"Was not running{f'; ended {left} processes left over' if left else ''}.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    found = state.read(data_folder())
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print(f"{found['state']}  {found['url'] or ''}")
        for part in found["parts"]:
            memory = f"{part['memory'] / RSS_UNIT:7.1f} MiB" if part["memory"] else "          -"
            print(f"  {part['name']:<18} {part['state']:<10} {part['pid'] or '-':>8} {memory}  {part['address']}  {part['version'] or ''}")
    return 0 if found["state"] == "ready" else 1


def _doctor(_arguments: argparse.Namespace) -> int:
    from deploy.local.doctor import report

    lines, good = report(data_folder())
    print("\n".join(lines))
    return 0 if good else 1
