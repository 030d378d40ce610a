"""All tables of deals."""

from __future__ import annotations

import sqlalchemy as sa

from services.deals import projections
from services.deals.matching import keys
from services.deals.programme import table as programme
from services.deals.registrations import table as registrations
from services.deals.reserved_accounts import table as reserved_accounts

ROOMS = (programme.metadata, registrations.metadata, reserved_accounts.metadata, keys.metadata, projections.metadata)


def _joined() -> sa.MetaData:
    whole = sa.MetaData()
    for room in ROOMS:
        for table in room.sorted_tables:
            table.to_metadata(whole)
    return whole


metadata = _joined()
