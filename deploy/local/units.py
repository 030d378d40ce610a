"""A part under supervision: it is started, watched, started again when it dies, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from deploy.local.layout import Layout
from deploy.local.parts import CannotStart, Part, await_ready, launch, stop

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
PATIENCE = 2.0  # times as long as a start may take, after which a part that was started again is ended
GOOD_SECONDS = 60.0  # running this long forgives earlier deaths


@dataclass
class Unit:
    """One part and its process. `start` runs in a thread; `mind` and `stop` are the supervisor's."""

    layout: Layout
    part: Part
    state: str = "waiting"
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    version: str | None = None
    _wait: float = FIRST_WAIT
    _since: float = field(default_factory=time.monotonic)

    def start(self, cancelled: threading.Event) -> None:
        """Bring it up. Raises CannotStart or Cancelled."""
        self.state = "preparing"
        self.part.prepare()
        self.version = self.part.version()
        self._launch()
        assert self.process
        await_ready(self.layout, self.part, self.process, cancelled)
        self.part.finish()
        self.state = "running"

    def mind(self, say: Callable[[str], None]) -> None:
        """Notice a death or a recovery; start again after a growing wait."""
        if self.state in ("waiting", "preparing", "starting") or self.process is None:
            return
        code = self.process.poll()
        if self.state in ("running", "restarting") and code is not None:
            self._died(code, say)
        elif self.state == "failed" and time.monotonic() - self._since >= self._wait:
            self._launch_again(say)
        elif self.state == "restarting" and self.part.ready():
            self.state = "running"
            say(f"{self.part.name} is back")
        elif self.state == "restarting" and time.monotonic() - self._since > PATIENCE * self.part.start_seconds:
            say(f"{self.part.name} runs and does not get ready")
            self.kill()
        elif self.state == "running" and time.monotonic() - self._since > GOOD_SECONDS:
            self._wait = FIRST_WAIT

    def stop(self) -> None:
        """End it and its children; nothing of it runs afterwards."""
        if self.process is not None:
            stop(self.part, self.process)
        self.state = "stopped"

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def describe(self) -> dict[str, Any]:
        """Its line in `prm status`."""
        pid = self.process.pid if self.process is not None and self.process.poll() is None else None
        shown = {"name": self.part.name, "state": self.state, "pid": pid, "address": self.part.address}
        return {**shown, "version": self.version, "restarts": self.restarts}

    def _launch(self) -> None:
        self.process = launch(self.layout, self.part)
        self.state, self._since = "starting", time.monotonic()

    def _launch_again(self, say: Callable[[str], None]) -> None:
        """Prepared anew: what it needs may have been damaged since, and may be what ended it."""
        try:
            self.part.prepare()
        except (CannotStart, OSError) as error:
            say(f"{self.part.name} cannot be started again: {error}")
            self._since = time.monotonic()
            return
        self._launch()
        self.state = "restarting"

    def _died(self, code: int, say: Callable[[str], None]) -> None:
        self.restarts += 1
        lasted = time.monotonic() - self._since
        self._wait = FIRST_WAIT if lasted > GOOD_SECONDS else min(self._wait * 2, LONGEST_WAIT)
        self.state, self._since = "failed", time.monotonic()
        say(f"{self.part.name} ended with code {code}; starting it again in {self._wait:.0f} s (log: logs/{self.part.name}.log)")
