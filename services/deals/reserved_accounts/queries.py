"""The accounts kept."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.store.reading import Page, Question, Reading
from services.deals.reserved_accounts.model import ReservedAccount
from services.deals.reserved_accounts.table import LISTING, RESERVED_ACCOUNTS, reserved_accounts


def list_accounts(reading: Reading, question: Question) -> Page[ReservedAccount]:
    """Those that are kept now, newest first."""
    return reading.page(RESERVED_ACCOUNTS, LISTING, question, also=[sa.not_(reserved_accounts.c.released)])
