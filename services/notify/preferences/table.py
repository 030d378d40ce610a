"""Where preferences are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.notify.preferences.model import Preference
from services.notify.schema import metadata

preferences = sa.Table(
    "notification_preference",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("choices", JSONB, nullable=False),
    sa.CheckConstraint("id = owner_id", name="notification_preference_own"),
)

PREFERENCES = Mapping("notification_preference", "per", preferences, Preference)

FIND = sa.select(preferences).where(preferences.c.id == sa.bindparam("person"))
