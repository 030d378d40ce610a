"""The first tables of identity."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from chassis.store.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op.get_bind())
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text())


def downgrade() -> None:
    raise NotImplementedError("the logs are never dropped")
