"""What a servicer gets as its context: the caller and, by `transaction` or `reading`, the way to work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from chassis.cause import Cause
from chassis.policy.subject import Subject
from chassis.rpc.host import ServiceHost
from chassis.store.reading import Reading
from chassis.store.transaction import Transaction


@dataclass
class Call:
    """One call being answered. It is handed to the servicer in place of grpc's context."""

    host: ServiceHost
    subject: Subject
    cause: Cause
    remaining: Callable[[], timedelta | None]
    active: Callable[[], bool]  # of a stream: raises once its reader's access has changed
    peer: str = ""
    open_transaction: Transaction | None = None
    resources: ExitStack = field(default_factory=ExitStack)
    _reading: Reading | None = None

    @property
    def read(self) -> Reading:
        """The read side, opened on first use and closed with the call."""
        if self._reading is None:
            self._reading = self.resources.enter_context(self.host.reading(self.subject))
        return self._reading


def call(context: Any) -> Call:
    """The call behind a servicer's context."""
    return cast(Call, context)


def transaction(context: Any) -> Transaction:
    """The open transaction of a mutation. The interceptor commits it when the servicer returns."""
    opened = call(context).open_transaction
    if opened is None:
        raise LookupError("not a mutation: say `mutation: true` in the contract")
    return opened


def reading(context: Any) -> Reading:
    """The read side for this caller."""
    return call(context).read
