"""Reading the public halves of signing keys."""

from __future__ import annotations

import sqlalchemy as sa

from services.identity.tokens.model import SigningKey
from services.identity.tokens.table import SIGNING_KEYS, signing_keys


def public_keys(connection: sa.Connection) -> list[SigningKey]:
    """Published and not retired, newest first; those that are not used yet are among them."""
    statement = SIGNING_KEYS.select.where(signing_keys.c.retired_at.is_(None)).order_by(signing_keys.c.usable_from.desc())
    return [SIGNING_KEYS.from_row(row) for row in connection.execute(statement).mappings()]
