"""A whole suite for the figures that need all of it: `./prm up --detach` with the demo programme, kept for the next run."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from chassis.policy.tokens import Claims, private_key, sign
from cli.demo.client import Api
from deploy.local.environment import environment
from deploy.local.layout import ROOT, known
from deploy.local.secrets import token_keys

START_SECONDS = 330
LIFE_SECONDS = 3600.0


@dataclass(frozen=True)
class Suite:
    """A running one. `settings` are the PRM_* of its processes."""

    data: Path
    settings: dict[str, str]

    @property
    def base_url(self) -> str:
        return self.settings["PRM_PUBLIC_URL"]

    def target(self, service: str) -> str:
        return self.settings[f"PRM_{service.upper()}_TARGET"]

    def api(self) -> tuple[Api, str]:
        """A client, and the address of the administrator whom it knows."""
        targets = {name: self.target(name) for name in ("identity", "deals", "mdf", "content", "notify", "training")}
        api, email = Api(targets, lambda: datetime.now(UTC)), self.settings["PRM_ADMIN_EMAIL"]
        api.knows(email, self.settings["PRM_ADMIN_PASSWORD"])
        return api, email

    def metadata(self, person: str, kind: str) -> tuple[tuple[str, str], ...]:
        """The authorization of somebody who never signed in, as identity would have issued it."""
        file = min(token_keys(self.data).glob("*.pem"))
        now = time.time()
        claims = Claims(person, kind, "ses_bench", "password", issued_at=now, expires_at=now + LIFE_SECONDS)
        return (("authorization", f"Bearer {sign(claims, private_key(file.read_text()), file.stem)}"),)

    def parts(self) -> list[dict[str, Any]]:
        """What `./prm status` says."""
        said = subprocess.run([ROOT / "prm", "status", "--json"], env=_environment(self.data), capture_output=True, text=True, check=False)
        return list(json.loads(said.stdout)["parts"])

    def memory(self) -> dict[str, float]:
        """MB of each of our own processes, by name; pages that several share count in proportion."""
        ours = ("api", "consumer", "runner", "gateway")
        return {part["name"]: part["memory"] / 1e6 for part in self.parts() if part["name"].partition("-")[0] in ours}


class Suites:
    """One suite at a time, hosted in one way or the other."""

    def __init__(self, data: Path) -> None:
        self._data, self._running = data, ""

    def default(self) -> Suite:
        """One process for all apis, one for all consumers, one for all runners."""
        return self._up("default")

    def isolated(self) -> Suite:
        """A process for each role of each service."""
        return self._up("isolated", "--isolated")

    def restarted(self) -> tuple[Suite, float]:
        """The default hosting anew; -> seconds from the command to a rendered sign-in page."""
        self.default()
        self.close()
        began = time.perf_counter()
        self._start("default")
        found = Suite(self._data, environment(known(self._data), owner=True))
        page = httpx.get(f"{found.base_url}/signin", timeout=10, trust_env=False)
        if page.status_code != 200 or "password" not in page.text:
            raise RuntimeError(f"no sign-in page: {page.status_code}")
        return found, time.perf_counter() - began

    def _up(self, kind: str, *flags: str) -> Suite:
        if self._running != kind:
            self.close()
            self._start(kind, *flags)
        return Suite(self._data, environment(known(self._data), owner=True))

    def _start(self, kind: str, *flags: str) -> None:
        self._running = kind
        command = [str(ROOT / "prm"), "up", "--detach", *flags]
        done = subprocess.run(command, env=_environment(self._data), capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"the suite did not start: {done.stdout[-1000:]}{done.stderr[-500:]}")

    def close(self) -> None:
        """End it."""
        if self._running:
            subprocess.run([ROOT / "prm", "down"], env=_environment(self._data), capture_output=True, timeout=90, check=False)
            self._running = ""


def _environment(data: Path) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name != "PRM_STACK"}, "PRM_DATA": str(data)}
