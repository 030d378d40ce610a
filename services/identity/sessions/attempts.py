"""Wrong attempts by address, kept alike for accounts that exist and for those that do not."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.identity.sessions.rules import Attempts
from services.identity.sessions.table import attempts

_FIND = sa.select(attempts).where(attempts.c.digest == sa.bindparam("key"))
_CLAIM = insert(attempts).on_conflict_do_nothing()
_CHANGE = attempts.update().where(attempts.c.digest == sa.bindparam("key"))


def key_of(email: str) -> bytes:
    """What stands for an address."""
    return hashlib.sha256(email.encode()).digest()


def look(connection: sa.Connection, email: str) -> Attempts:
    """What went wrong so far."""
    return _attempts(connection.execute(_FIND, {"key": key_of(email)}).one_or_none())


def lock(connection: sa.Connection, email: str, now: datetime) -> Attempts:
    """The same, locked until the transaction ends: guesses made at once are counted one after the other."""
    row = {"digest": key_of(email), "failures": 0, "locks": 0, "locked_until": None, "last_failed_at": now}
    connection.execute(_CLAIM, row)
    return _attempts(connection.execute(_FIND.with_for_update(), {"key": key_of(email)}).one())


def keep(connection: sa.Connection, email: str, after: Attempts) -> None:
    """Store what stands now; the row is there because `lock` made it."""
    values = {"failures": after.failures, "locks": after.locks, "locked_until": after.locked_until, "last_failed_at": after.last_failed_at}
    connection.execute(_CHANGE.values(values), {"key": key_of(email)})


def forget(connection: sa.Connection, email: str) -> None:
    """Signing in worked: begin anew."""
    connection.execute(attempts.delete().where(attempts.c.digest == key_of(email)))


def sweep(connection: sa.Connection, now: datetime, forgotten: timedelta) -> int:
    """Remove what counts no more; -> how many."""
    old = (attempts.c.last_failed_at < now - forgotten) & (attempts.c.locked_until.is_(None) | (attempts.c.locked_until < now - forgotten))
    return connection.execute(attempts.delete().where(old)).rowcount


def _attempts(row: sa.Row[tuple[object, ...]] | None) -> Attempts:
    return Attempts() if row is None else Attempts(row.failures, row.locks, row.locked_until, row.last_failed_at)
