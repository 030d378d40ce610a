"""Places where a fault test may end the process: `PRM_FAILPOINT=inbox.applied:3` kills it when it gets there the third time,
`log.moved:1:STOP` freezes it there instead.

Only the environment a process was started with arms one, so nobody reaches it from outside; unarmed it is one comparison.
"""

from __future__ import annotations

import itertools
import os
import signal

# Every one there is, in the order in which an event passes them.
FAILPOINTS = (
    "log.moved",  # staged rows are in the log, uncommitted
    "log.numbered",  # they are committed, nothing is published
    "publish.sent",  # the broker may have the batch, no confirm was read
    "publish.confirmed",  # it has, and the log does not know
    "publish.advanced",  # the log knows
    "inbox.claimed",  # the inbox has the event, the handler has not run
    "inbox.applied",  # the handler has run, nothing is committed
    "inbox.committed",  # committed, not acknowledged
    "delivery.settled",  # acknowledged, perhaps still on its way to the broker
)
ARMED, _TIMES, _SIGNAL, *_ = [*os.environ.get("PRM_FAILPOINT", "").split(":"), "", ""]
_passes = itertools.count(1)
if ARMED and ARMED not in FAILPOINTS:
    raise ValueError(f"PRM_FAILPOINT: there is no {ARMED!r}; there are {', '.join(FAILPOINTS)}")


def failpoint(name: str) -> None:
    """Kill the process, or freeze it, if this one is armed and was passed as often as was said."""
    if name == ARMED and next(_passes) == int(_TIMES or 1):
        # to this thread: a stop that another one takes lets this one run on for a while, long enough to commit
        signal.raise_signal(signal.Signals[f"SIG{_SIGNAL or 'KILL'}"])
