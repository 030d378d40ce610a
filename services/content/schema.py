"""The tables of this service, one MetaData for all rooms."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
