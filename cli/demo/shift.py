"""Moves the suite's clock by the file that every process of a local stack looks at."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEEN_SECONDS = 0.15  # every process looks at the file within 50 ms


class Shift:
    """The local stack's clock. Only ever set while the demo is loaded, and zero afterwards."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._shift = timedelta(seconds=float(file.read_text() or 0)) if file.exists() else timedelta(0)

    def now(self) -> datetime:
        """The suite's time."""
        return datetime.now(UTC) + self._shift

    def to(self, moment: datetime) -> None:
        """Let the suite believe that it is this moment."""
        self._shift = moment - datetime.now(UTC)
        self._write(str(self._shift.total_seconds()))

    def back(self) -> None:
        """Today again."""
        self._shift = timedelta(0)
        self._write("0")

    def _write(self, text: str) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._file)
        time.sleep(SEEN_SECONDS)
