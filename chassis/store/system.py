"""Transactions of the suite itself: jobs and event handlers act as `system:<service>`, with the few rights it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis.cause import Cause
from chassis.clock import Clock
from chassis.policy.subject import system_subject
from chassis.service import Service
from chassis.settings import SharedSettings
from chassis.store.database import Database
from chassis.store.transaction import Transaction


@dataclass(frozen=True)
class SystemDecision:
    """What the constant table says."""

    allowed: bool
    reason: str = "NOT_A_SYSTEM_ACTION"
    decision_id: str = ""


class SystemAuthority:
    """Decides for the system: it reads everything of its own service and does what the service lists, nothing else."""

    def __init__(self, actions: frozenset[str]) -> None:
        self._actions = actions

    def check(
        self, subject: Any, action: str, resource: str, row: Mapping[str, Any], *, now: datetime, fresh: bool = False
    ) -> SystemDecision:
        """Allowed when the service's `system_actions` name it."""
        return SystemDecision(action == "read" or f"{resource}.{action}" in self._actions)


class SystemWork:
    """Opens the transactions of one service's runner or consumer."""

    def __init__(self, service: Service, database: Database, clock: Clock, settings: SharedSettings) -> None:
        self.service, self.database, self.clock, self.settings = service, database, clock, settings
        self._authority = SystemAuthority(service.system_actions)
        self._subject = system_subject(service.name)

    @contextmanager
    def transaction(self, cause: Cause, on_behalf_of: str = "") -> Iterator[Transaction]:
        """One transaction, written and committed at the end. `on_behalf_of` is who caused it in the first place."""
        with self.database.writing() as connection, self.part(connection, cause, on_behalf_of) as tx:
            yield tx

    @contextmanager
    def part(self, connection: sa.Connection, cause: Cause, on_behalf_of: str = "") -> Iterator[Transaction]:
        """A part of an open transaction with a cause of its own, written at its end and committed by whoever opened that."""
        subject = replace(self._subject, on_behalf_of=on_behalf_of)
        now = self.clock.now()
        tx = Transaction(connection, subject, self._authority, now, cause, self.service.name, self.settings)
        yield tx
        tx.flush()
