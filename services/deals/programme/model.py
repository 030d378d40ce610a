"""A value that a setting has from a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.store.entity import Entity


@dataclass(kw_only=True)
class Setting(Entity):
    """One scheduled value; the newest that has begun holds. An empty id stands for the value it was shipped with."""

    name: str
    value: Any
    effective_at: datetime
    scheduled_by: str
