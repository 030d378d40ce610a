"""Bring a service's database to its newest schema: one process at a time, under an advisory lock, as the owner role."""

from __future__ import annotations

import importlib
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from chassis.settings import ServiceSettings, service_settings

LOCK = 0x50524D  # "PRM": one migration per database at a time
APPEND_ONLY = ("event_log", "audit_log", "decision")
CHASSIS_TABLES = tuple(f"chassis.{part}.tables" for part in ("store", "events", "audit", "policy", "consumer"))


def migrate(name: str, settings: ServiceSettings | None = None) -> None:
    """Run what is missing; no-op when the schema is current. Waits while another process migrates the same database."""
    own = settings or service_settings(name)
    engine = sa.create_engine(own.owner_database_url.get_secret_value(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        config = _config(name)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _grant(connection, make_url(own.database_url.get_secret_value()).username or "")
        connection.commit()


def pending(name: str, connection: sa.Connection) -> bool:
    """Whether the database lacks migrations that this code has. An unknown newer revision is no reason to wait."""
    script = ScriptDirectory.from_config(_config(name))
    current = MigrationContext.configure(connection).get_current_revision()
    known = {item.revision for item in script.walk_revisions()}
    return current is None or (current in known and current != script.get_current_head())


def _config(name: str) -> Config:
    config = Config()
    package = importlib.import_module(f"services.{name}")
    config.set_main_option("script_location", str(Path(str(package.__file__)).parent / "migrations"))
    return config


def run_env() -> None:
    """What each service's `migrations/env.py` calls."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def create_chassis_tables(connection: sa.Connection) -> None:
    """All tables of the chassis, for a service's first migration."""
    for module in CHASSIS_TABLES:
        importlib.import_module(module).metadata.create_all(connection)


def _grant(connection: sa.Connection, role: str) -> None:
    """The running service may do everything with rows, but neither change nor remove what is in the logs."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(sa.text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(sa.text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"))
    connection.execute(sa.text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for table in APPEND_ONLY:
        connection.execute(sa.text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}"))
