"""What a thief of one service's database password has: that service's rows, and of its logs only the next line."""

from __future__ import annotations

import psycopg
import pytest

from chassis.settings import SERVICES
from tests.stack import Databases, DatabaseUrls

LOGS = ("event_log", "audit_log")
HARM = (
    "UPDATE {log} SET position = position",
    "DELETE FROM {log}",
    "TRUNCATE {log}",
    "ALTER TABLE {log} ADD COLUMN planted text",
    "DROP TABLE {log}",
    "ALTER TABLE {log} DISABLE TRIGGER ALL",
    "CREATE TRIGGER planted AFTER INSERT ON {log} EXECUTE FUNCTION now()",
    "CREATE TABLE planted (id text)",
    "CREATE TEMP TABLE {log} (id text)",
    "CREATE SCHEMA planted",
    "CREATE FUNCTION planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION dblink",
    "CREATE ROLE planted SUPERUSER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE DATABASE planted",
    "COPY {log} TO PROGRAM 'id'",
    "COPY {log} FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT * FROM pg_authid",
    "SET session_replication_role = replica",
)


@pytest.fixture(scope="module")
def databases(postgres: Databases) -> dict[str, DatabaseUrls]:
    return {name: postgres.service(name) for name in SERVICES}


def as_service(urls: DatabaseUrls) -> psycopg.Connection:
    return psycopg.connect(urls.runtime.replace("postgresql+psycopg", "postgresql"), autocommit=True)


@pytest.mark.parametrize("name", SERVICES)
def test_the_running_role_changes_no_log_and_no_schema(databases: dict[str, DatabaseUrls], name: str) -> None:
    allowed = []
    with as_service(databases[name]) as connection:
        for statement in HARM:
            for log in LOGS:
                try:
                    connection.execute(statement.format(log=log))
                    allowed.append(statement.format(log=log))
                except psycopg.errors.InsufficientPrivilege:
                    pass
        assert allowed == []
        assert connection.execute("SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone() == (False,) * 5  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SET ROLE prm_{name}_owner")


@pytest.mark.parametrize("name", SERVICES)
def test_one_service_enters_no_other_database(databases: dict[str, DatabaseUrls], name: str) -> None:
    own = databases[name]
    for other in (urls.name for service, urls in databases.items() if service != name):
        for url in (own.runtime, own.owner):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(url.replace("postgresql+psycopg", "postgresql").replace(own.name, other))
