"""Accounts kept for the vendor."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.entity import Mapping
from chassis.store.reading import Listing
from chassis.store.tables import entity_columns
from services.deals.reserved_accounts.model import ReservedAccount

metadata = sa.MetaData()

reserved_accounts = sa.Table(
    "reserved_account",
    metadata,
    *entity_columns(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("domain", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("tax_id", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("released", sa.Boolean, nullable=False),
    sa.Index("reserved_account_kept", sa.text("created_at DESC"), sa.text("id DESC"), postgresql_where=sa.text("NOT released")),
)

FREE_TEXT = frozenset({"name", "note", "tax_id"})
RESERVED_ACCOUNTS = Mapping("reserved_account", "res", reserved_accounts, ReservedAccount, free_text=FREE_TEXT)
LISTING = Listing(orders={"create_time desc": ("created_at", True)})
