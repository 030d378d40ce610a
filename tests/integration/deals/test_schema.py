"""The migrated database is the one the code describes, and keeps what must not change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from services.deals.schema import metadata
from tests.integration.deals.world import World
from tests.stack import Databases


def test_the_migration_makes_what_the_tables_say(postgres: Databases) -> None:
    engine = sa.create_engine(postgres.service("deals").owner)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables}
        )
        differences = [item for item in compare_metadata(context, metadata) if "remove_index" not in str(item) or "search" not in str(item)]
    engine.dispose()
    assert not differences


def test_submissions_cannot_be_changed(world: World) -> None:
    made = world.submitted()
    for statement in ("UPDATE submission SET submitted_at = now()", "DELETE FROM submission"):
        with world.host.database.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(sa.text(f"{statement} WHERE registration_id = :id"), {"id": made.id})


@pytest.mark.parametrize(
    "change",
    [
        "status = 'lost'",
        "status = 'approved'",
        "clock_due_at = NULL",
        "submit_time = NULL",
        "value_minor = NULL",
        "number = (SELECT min(number) FROM registration WHERE id <> :id)",
    ],
)
def test_states_that_cannot_be(world: World, change: str) -> None:
    world.create()
    made = world.submitted()
    with world.host.database.engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(sa.text(f"UPDATE registration SET {change} WHERE id = :id"), {"id": made.id})
