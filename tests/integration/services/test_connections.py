"""What a connection to the database gives up, and when."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis.errors import Unavailable
from chassis.store import database
from chassis.store.database import Database
from tests.stack import Databases


def test_a_server_that_vanished_is_noticed(postgres: Databases) -> None:
    found = Database(postgres.empty("deals").runtime, pool_size=1, name="vanished")
    with found.reading() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=driver.fileno()) as kernel:
            try:
                options = [kernel.getsockopt(socket.IPPROTO_TCP, name) for name in (socket.TCP_KEEPIDLE, socket.TCP_USER_TIMEOUT)]
            finally:
                kernel.detach()
    found.close()
    assert options == [30, 60_000]


def test_whoever_freezes_in_a_transaction_loses_its_locks(postgres: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "DEFAULT_STATEMENT", timedelta(seconds=1))
    url = postgres.empty("deals").runtime
    frozen, other = Database(url, pool_size=1, name="frozen"), Database(url, pool_size=1, name="other")
    with pytest.raises(Unavailable):
        freeze(frozen, other)
    for each in (frozen, other):
        each.close()


def freeze(frozen: Database, other: Database) -> None:
    """One holds a lock and does nothing; the other waits for it, gets it, and the first finds out."""
    lock = sa.text("SELECT pg_advisory_xact_lock(1)")
    with frozen.writing() as connection:
        connection.execute(lock)
        time.sleep(1.5)
        with other.writing() as free:
            free.execute(lock)
        connection.execute(sa.text("SELECT 1"))
