"""Scheduled settings; the shipped values are code."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns
from services.deals.programme.model import Setting

metadata = sa.MetaData()

settings = sa.Table(
    "programme_setting",
    metadata,
    *entity_columns(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", JSONB, nullable=False),
    sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("scheduled_by", sa.Text, nullable=False),
    sa.Index("programme_setting_current", "name", sa.text("effective_at DESC"), sa.text("id DESC")),
)

SETTINGS = Mapping("programme_setting", "set", settings, Setting)

# The newest value of each name that has begun by `:at`; of two that begin together the one scheduled later.
CURRENT = (
    sa.select(settings)
    .ext(distinct_on(settings.c.name))
    .where(settings.c.effective_at <= sa.bindparam("at"))
    .order_by(settings.c.name, settings.c.effective_at.desc(), settings.c.id.desc())
)
