"""A whole suite on loopback for tests: started by `./prm up --detach` in a folder of its own, ended with the run."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.settings import SERVICES
from deploy.local.environment import environment
from deploy.local.layout import ROOT, known

START_SECONDS = 240
SETTINGS = {
    "PRM_UNDO_WINDOW_SECONDS": "1",
    "PRM_TRACE_RATIO": "1",
    # All tests come from one address and several are about sign-in; the limits have tests of their own, with a gateway each.
    "PRM_GATEWAY_CLIENT_RATE": "100000/minute",
    "PRM_GATEWAY_PUBLIC_RATE": "100000/minute",
    "PRM_GATEWAY_SIGN_IN_RATE": "10000/minute",
}


@dataclass(frozen=True)
class Suite:
    """A running suite. `settings` are the PRM_* of its processes, `data` its folder."""

    data: Path
    base_url: str
    settings: dict[str, str]

    @property
    def targets(self) -> dict[str, str]:
        """gRPC targets by service."""
        return {name: self.settings[f"PRM_{name.upper()}_TARGET"] for name in SERVICES}

    @property
    def mailbox(self) -> Path:
        """Where the mail catcher keeps what was sent."""
        return self.data / "mail"

    def prm(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the suite against this stack."""
        return subprocess.run([ROOT / "prm", *words], env=_environment(self.data), capture_output=True, text=True, check=check)

    def pid(self, part: str) -> int:
        """The process of a part. Raises LookupError when it does not run."""
        for found in json.loads(self.prm("status", "--json", check=False).stdout)["parts"]:
            if found["name"] == part and found["pid"]:
                return int(found["pid"])
        raise LookupError(part)


@contextmanager
def running(data: Path, *flags: str, **settings: str) -> Iterator[Suite]:
    """Start a suite without the demo programme; end it whatever happens. `SETTINGS` and the given ones hold."""
    kept = os.environ.get("PRM_TEST_SUITE")  # the folder of a running suite, for writing tests
    if kept:
        yield _found(Path(kept))
        return
    own = {**_environment(data), **SETTINGS, **settings}
    try:
        started = subprocess.run(
            [ROOT / "prm", "up", "--detach", "--no-demo", *flags],
            env=own,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        if started.returncode:
            raise RuntimeError(f"the suite did not start:\n{started.stdout[-3000:]}{started.stderr[-2000:]}")
        yield _found(data)
    finally:
        subprocess.run([ROOT / "prm", "down"], env=_environment(data), capture_output=True, timeout=90, check=False)


def _found(data: Path) -> Suite:
    settings = environment(known(data), owner=True)
    return Suite(data, settings["PRM_PUBLIC_URL"], settings)


def _environment(data: Path) -> dict[str, str]:
    return {**os.environ, "PRM_DATA": str(data)}
