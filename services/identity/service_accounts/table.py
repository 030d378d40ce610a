"""Where service accounts are kept, and apart from them the digests of their secrets."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns, owned_columns
from services.identity.schema import metadata, moment, texts
from services.identity.service_accounts.model import ServiceAccount

service_accounts = sa.Table(
    "service_account",
    metadata,
    *entity_columns(),
    *owned_columns(),
    sa.Column("name", sa.Text, nullable=False),
    texts("roles"),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    moment("not_before"),
    moment("last_used_at"),
    sa.Index("service_account_name", "name", "id"),
)

# A rotated secret stays good for a while, so that its system can be told the new one.
secrets = sa.Table(
    "service_account_secret",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("service_account_id", sa.Text, nullable=False, index=True),
    moment("expires_at"),
)

# A signed assertion works once (RFC 7523, 3): its id is remembered until it has expired.
assertions = sa.Table(
    "client_assertion",
    metadata,
    sa.Column("service_account_id", sa.Text, primary_key=True),
    sa.Column("jti", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
)

SERVICE_ACCOUNTS = Mapping("service_account", "sva", service_accounts, ServiceAccount)
