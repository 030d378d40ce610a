"""What alembic runs."""

from __future__ import annotations

from chassis.store.migrations import run_env

run_env()
