"""Where the public halves of signing keys are kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns
from services.identity.schema import metadata, moment
from services.identity.tokens.model import SigningKey

signing_keys = sa.Table(
    "signing_key",
    metadata,
    *entity_columns(),
    sa.Column("x", sa.Text, nullable=False),
    sa.Column("usable_from", sa.DateTime(timezone=True), nullable=False),
    moment("retired_at"),
)

SIGNING_KEYS = Mapping("signing_key", "key", signing_keys, SigningKey)
