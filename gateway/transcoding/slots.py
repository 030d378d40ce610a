"""How many streams are open: a service has a thread for each, so one caller must not take them all."""

from __future__ import annotations

import hashlib
from collections import Counter

from gateway.errors import ApiError


class StreamSlots:
    """The open REST streams of this process, by service and by caller."""

    def __init__(self, per_service: int, per_caller: int) -> None:
        self._per_service, self._per_caller = per_service, per_caller
        self._open: Counter[str] = Counter()

    def take(self, service: str, token: str) -> Slot:
        """A slot, to be freed when the stream ends. Errors: ApiError 429."""
        caller = hashlib.sha256(f"{service} {token}".encode()).hexdigest()
        if self._open[service] >= self._per_service or self._open[caller] >= self._per_caller:
            raise ApiError(429, "TOO_MANY_STREAMS", "Too many streams are open; close one or wait", retry_after=5)
        self._open.update((service, caller))
        return Slot(self._open, service, caller)


class Slot:
    """One open stream. Freeing it twice frees it once."""

    def __init__(self, counted: Counter[str], *keys: str) -> None:
        self._counted, self._keys = counted, keys

    def free(self) -> None:
        """The stream ended."""
        self._counted.subtract(self._keys)
        for key in self._keys:
            if self._counted[key] <= 0:
                del self._counted[key]
        self._keys = ()
