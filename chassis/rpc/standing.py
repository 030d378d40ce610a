"""Whether a stream may go on. A call is over before rights change; a stream would outlive what was taken from its reader."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from prm.options_pb2 import Access

from chassis.errors import Unavailable
from chassis.policy.subject import Subject
from chassis.rpc.host import ServiceHost

LOOK_SECONDS = 0.5  # with facts that are 1 s old at most, what is taken away is gone within two


class AccessChanged(Unavailable):
    """Something about the reader's access changed; go on from the last position, by today's rights."""

    reason = "ACCESS_CHANGED"


class Standing:
    """Asked between two messages; raises what the reader would get if the call began now."""

    def __init__(self, host: ServiceHost, rule: Access, subject: Subject, authorization: str, active: Callable[[], bool]) -> None:
        self._host, self._rule, self._subject, self._authorization, self._active = host, rule, subject, authorization, active
        self._looked = time.monotonic()

    def __call__(self) -> bool:
        """Whether the caller is still there. Raises Unauthenticated, PermissionDenied or AccessChanged."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look()
            self._looked = time.monotonic()
        return self._active()

    def _look(self) -> None:
        now = self._host.authenticate(self._authorization)
        if self._rule.resource:
            self._host.policy.require(now, self._rule.action, self._rule.resource, now=self._host.clock.now())
        if now != self._subject:
            raise AccessChanged("Your access has changed; go on from where you are", retry_after=timedelta(0))
