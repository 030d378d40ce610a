"""The one place where time is read. Domain code gets times as arguments."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Wall clock in UTC, shifted by the seconds that stand in a file, if one is given.

    The file exists in the local stack only: tests and the demo programme walk a year with it. It is looked at
    once every 50 ms at most.
    """

    def __init__(self, shift_file: Path | None = None) -> None:
        self._file = shift_file
        self._shift = timedelta(0)
        self._looked = float("-inf")

    def now(self) -> datetime:
        """The time, timezone-aware, in UTC."""
        return datetime.now(UTC) + self._current_shift()

    def _current_shift(self) -> timedelta:
        if self._file is None:
            return self._shift
        looked = time.monotonic()
        if looked - self._looked > 0.05:
            self._looked = looked
            self._shift = _read_shift(self._file)
        return self._shift


def _read_shift(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text() or 0))
    except FileNotFoundError:
        return timedelta(0)
