"""The tables of this service, one MetaData for all rooms."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

metadata = sa.MetaData()


def texts(name: str) -> sa.Column[list[str]]:
    """A column that holds a list of words; empty, never NULL."""
    return sa.Column(name, ARRAY(sa.Text), nullable=False)


def moment(name: str) -> sa.Column[object]:
    """A column that holds a time or nothing."""
    return sa.Column(name, sa.DateTime(timezone=True))
