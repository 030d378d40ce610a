"""Alembic's entry; the chassis does the work."""

from __future__ import annotations

from chassis.store.migrations import run_env

run_env()
