"""Migrations make what the code's tables say, and nothing else."""

from __future__ import annotations

import importlib
import importlib.util

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from chassis.settings import SERVICES
from chassis.store.migrations import migrate, pending

READY = [name for name in SERVICES if importlib.util.find_spec(f"services.{name}") and importlib.util.find_spec(f"services.{name}.service")]


@pytest.mark.parametrize("name", READY)
def test_the_schema_is_what_the_tables_say(postgres, name):
    metadata = importlib.import_module(f"services.{name}.service").SERVICE.metadata
    engine = sa.create_engine(postgres.service(name).owner, poolclass=sa.NullPool)
    with engine.connect() as connection:
        own = {"include_name": lambda found, kind, _: kind != "table" or found in metadata.tables}
        context = MigrationContext.configure(connection, opts=own | {"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert checks(connection, metadata) == declared(metadata)
        assert not pending(name, connection)


def checks(connection: sa.Connection, metadata: sa.MetaData) -> set[tuple[str, str]]:
    inspector = sa.inspect(connection)
    return {(table, str(check["name"])) for table in metadata.tables for check in inspector.get_check_constraints(table)}


def declared(metadata: sa.MetaData) -> set[tuple[str, str]]:
    return {
        (table.name, str(item.name))
        for table in metadata.tables.values()
        for item in table.constraints
        if isinstance(item, sa.CheckConstraint)
    }


@pytest.mark.parametrize("name", READY)
def test_migrating_again_changes_nothing_and_the_service_cannot_rewrite_its_logs(postgres, name):
    urls = postgres.service(name)
    migrate(name, urls.settings())
    engine = sa.create_engine(urls.runtime, poolclass=sa.NullPool)
    for table in ("event_log", "audit_log"):
        with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
