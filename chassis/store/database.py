"""One connection pool of a service, and the two ways to use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.errors import Aborted, DeadlineExceeded, Unavailable

POOL_WAIT_SECONDS = 2.0
DEFAULT_STATEMENT = timedelta(seconds=30)
# A server that vanished without a word is given up after a minute, not after the two hours that systems begin with.
NETWORK: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
AWAY = (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow, pg.TooManyConnections, pg.ReadOnlySqlTransaction)
RACES = (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable)


class LeanCursor(psycopg.Cursor[Any]):
    """A cursor that describes its columns when somebody looks.

    SQLAlchemy asks every cursor for a description and reads it for the first statement of a kind only; making it took a
    seventh of the time of a call that reads one row of forty columns.
    """

    @property
    def description(self) -> Any:
        return _Described(super()) if self.pgresult is not None and self.pgresult.nfields else super().description


class _Described(Sequence[Any]):
    """The description of a cursor, made once and late. `cursor` answers as its plain class does."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    @cached_property
    def _columns(self) -> list[Any]:
        return list(self._cursor.description)

    def __getitem__(self, place: Any) -> Any:
        return self._columns[place]

    def __len__(self) -> int:
        return len(self._columns)


class Database:
    """The database of one service in one process.

    `pool_size` connections at most; a caller waits 2 s for one and then gets UNAVAILABLE. There is no pre-ping: a
    connection that died fails its one call and the pool is renewed. `lock_timeout` bounds each wait for a lock.
    """

    def __init__(self, url: str, *, pool_size: int, name: str, lock_timeout: timedelta | None = None) -> None:
        self.name = name
        limit = int(DEFAULT_STATEMENT.total_seconds() * 1000)
        # A process that froze in a transaction loses its session, and its locks with it.
        options = f"-c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit} -c timezone=UTC"
        if lock_timeout is not None:
            options += f" -c lock_timeout={int(lock_timeout.total_seconds() * 1000)}"
        arguments = {"application_name": name, "options": options, "cursor_factory": LeanCursor, **NETWORK}
        self.engine = sa.create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_SECONDS,
            connect_args=arguments,
            pool_use_lifo=True,
            isolation_level="AUTOCOMMIT",  # of most calls: changing it takes a tenth of the time of one that reads a row
            skip_autocommit_rollback=True,  # a single statement leaves nothing to roll back
        )
        self._transactions = self.engine.execution_options(isolation_level="READ COMMITTED")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection whose every statement stands alone."""
        with translated_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, timeout: timedelta | None = None) -> Iterator[sa.Connection]:
        """One transaction: committed at the end, rolled back on any exception.

        `timeout` bounds each statement, 30 s at most: a caller may set a deadline of a year, and must not hold rows as long.
        """
        with translated_errors(), self._transactions.begin() as connection:
            if timeout is not None:
                connection.execute(SET_TIMEOUT, {"ms": str(max(1, int(min(timeout, DEFAULT_STATEMENT).total_seconds() * 1000)))})
            yield connection

    def answers(self) -> bool:
        """Whether the database can be reached now."""
        with self.reading() as connection:
            return connection.execute(sa.text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """Close what is idle; connections in use close when they are given back."""
        self.engine.dispose()


SET_TIMEOUT = sa.text("SELECT set_config('statement_timeout', :ms, true)")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the database says of itself (away, too slow, a race) into errors of the suite; the rest stays as it is."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("The database is busy", reason="DATABASE_BUSY", retry_after=timedelta(seconds=1)) from error
    except DBAPIError as error:
        raise _translate(error) from error


def _translate(error: DBAPIError) -> Exception:
    cause = error.orig
    if isinstance(cause, pg.QueryCanceled):
        return DeadlineExceeded("The database took too long")
    if isinstance(cause, RACES):
        return Aborted("Somebody changed the same thing at the same moment; repeat", reason="CONCURRENT_CHANGE")
    if error.connection_invalidated or isinstance(cause, AWAY) or (isinstance(error, OperationalError) and cause is not None):
        return Unavailable("The database is away", reason="DATABASE_UNAVAILABLE", retry_after=timedelta(seconds=1))
    return error
