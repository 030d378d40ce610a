"""The clocks of identity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chassis.store.transaction import Transaction
from services.identity.service_accounts.table import assertions, secrets
from services.identity.sessions import attempts
from services.identity.sessions.table import sessions
from services.identity.settings import settings
from services.identity.tokens.issuing import sweep_takings

TIDY = "identity.tidy"
EVERY = timedelta(hours=1)
SESSIONS_KEPT = timedelta(days=90)


def schedule_tidying(tx: Transaction) -> None:
    """From the first start on, once an hour."""
    tx.schedule(TIDY, "all", tx.now + EVERY)


def tidy(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Forget what counts no more: attempts, sessions that ended long ago, used assertions, replaced secrets, told losses."""
    attempts.sweep(tx.connection, tx.now, timedelta(hours=settings().lock_forgotten_hours))
    tx.connection.execute(sessions.delete().where(sessions.c.expires_at < tx.now - SESSIONS_KEPT))
    tx.connection.execute(assertions.delete().where(assertions.c.expires_at < tx.now))
    tx.connection.execute(secrets.delete().where(secrets.c.expires_at < tx.now))
    sweep_takings(tx.connection)
    schedule_tidying(tx)
