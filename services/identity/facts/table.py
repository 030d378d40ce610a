"""The tables of published facts that only identity has; the facts themselves lie where every service keeps them."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns
from services.identity.facts.model import FactLog
from services.identity.schema import metadata

fact_logs = sa.Table("fact_log", metadata, *entity_columns())

# Facts that took something away, until their events have left: while they have not, nobody they concern gets a new token.
takings = sa.Table(
    "fact_taking",
    metadata,
    sa.Column("aggregate", sa.Text, primary_key=True),
    sa.Column("aggregate_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
)

ROLE_TABLE = Mapping("role", "rol", fact_logs, FactLog)
REPLAYS = Mapping("facts", "rpl", fact_logs, FactLog)
