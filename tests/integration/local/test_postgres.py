"""The database part: separate services, separate roles."""

from __future__ import annotations

import psycopg
import pytest

from tests.stack import Databases


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def test_owner_makes_tables_and_extensions(postgres: Databases) -> None:
    urls = postgres.empty("deals")
    with psycopg.connect(libpq(urls.owner)) as connection:
        for extension in ("pg_trgm", "unaccent", "btree_gist"):
            connection.execute(f"CREATE EXTENSION {extension}")
        connection.execute("CREATE TABLE deal (id text)")


def test_running_role_may_not_make_tables(postgres: Databases) -> None:
    urls = postgres.empty("deals")
    with psycopg.connect(libpq(urls.runtime)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE deal (id text)")


def test_one_service_cannot_enter_anothers_database(postgres: Databases) -> None:
    deals, identity = postgres.empty("deals"), postgres.empty("identity")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(libpq(identity.runtime).replace(identity.name, deals.name))


def test_a_wrong_password_is_refused(postgres: Databases) -> None:
    urls = postgres.empty("deals")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(libpq(urls.runtime), password="wrong")
