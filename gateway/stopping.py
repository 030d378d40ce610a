"""The process is about to stop: streams end now, so that their readers reconnect elsewhere and the stop is quick."""

from __future__ import annotations

import asyncio
from typing import Any


class Stopping:
    """One a process, made inside the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def stop(self) -> None:
        """From a signal handler or another thread."""
        self._loop.call_soon_threadsafe(self._event.set)

    @property
    def now(self) -> bool:
        """Whether it has begun."""
        return self._event.is_set()

    async def first(self, pending: asyncio.Future[Any], seconds: float) -> None:
        """Wait until something is there, the time is over, or the process stops."""
        stopping = asyncio.ensure_future(self._event.wait())
        try:
            await asyncio.wait({pending, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
