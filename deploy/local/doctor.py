"""`prm doctor`: what this machine has and lacks for the stack, found without changing anything."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from chassis.settings import SERVICES, ServiceSettings
from deploy.local import rabbitmq
from deploy.local.environment import external
from deploy.local.install import MODULES, cache_folder, chromium
from deploy.local.layout import BLOCK, busy, known
from deploy.local.parts import CannotStart
from deploy.local.state import supervisor

POSTGRES_CONNECTIONS, RESERVED = 200, 3
NEEDED_BYTES = 3 * 1024**3

Finding = tuple[bool, str, str]


def report(data: Path) -> tuple[list[str], bool]:
    """Lines for a person, and whether `./prm up` would work."""
    findings = [*_programs(), *_machine(data), *_ports(data), _connections()]
    lines = [f"{'ok     ' if good else 'MISSING'}  {name:<14} {text}" for good, name, text in findings]
    return lines, all(good for good, _, _ in findings)


def _programs() -> Iterator[Finding]:
    yield True, "python", f"{sys.version.split()[0]} in {sys.prefix}"
    yield _rabbitmq()
    built = cache_folder() / "bin" / f"opa-{MODULES['opa'].partition('@')[2]}"
    found = shutil.which("opa") or (str(built) if built.exists() else None)
    yield True, "opa", found or f"will be built with {shutil.which('go') or 'Go from its wheel'} on first use"
    yield True, "node", shutil.which("node") or "will come from its wheel on first use"
    yield True, "chromium", chromium() or "not here: only `./prm test` needs it, and installs it as root"


def _rabbitmq() -> Finding:
    if external("rabbitmq"):
        return True, "rabbitmq", "elsewhere (PRM_AMQP_URL)"
    try:
        return True, "rabbitmq", f"{rabbitmq.version()} at {rabbitmq.program('rabbitmq-server')}"
    except CannotStart:
        able = os.geteuid() == 0 and shutil.which("apt-get") is not None
        text = "will be installed with apt-get" if able else "install it: apt-get install rabbitmq-server (as root), or set PRM_AMQP_URL"
        return able, "rabbitmq", text


def _machine(data: Path) -> Iterator[Finding]:
    place = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    yield free > NEEDED_BYTES, "disk", f"{free / 1024**3:.0f} GiB free at {place}, {NEEDED_BYTES / 1024**3:.0f} needed"
    yield Path("/proc/self/stat").exists(), "proc", "the stack finds its processes in /proc (Linux)"


def _ports(data: Path) -> Iterator[Finding]:
    layout, wanted = known(data), os.environ.get("PRM_PORT_BASE")
    base = int(wanted) if wanted else layout.base
    if supervisor(data) is not None:
        yield True, "ports", f"{layout.base} to {layout.base + BLOCK - 1}, in use by this stack"
        return
    taken = busy(base)
    text = f"{base} to {base + BLOCK - 1}"
    moved = "; the next free block will be taken" if not wanted else "; free them or choose another PRM_PORT_BASE"
    yield not (taken and wanted), "ports", text + (f", taken: {taken}{moved}" if taken else " are free")


def _connections() -> Finding:
    """Pools of all processes at their largest against what the server allows."""
    one = ServiceSettings.model_fields
    each = sum(int(one[f"{role}_connections"].default) for role in ("api", "consumer", "runner"))
    total, allowed = each * len(SERVICES), POSTGRES_CONNECTIONS - RESERVED
    return total <= allowed, "connections", f"{total} at most ({each} for each of {len(SERVICES)} services) of {allowed}"
