"""Reading organisations."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from chassis.store.reading import Filter, Listing, Page, Question, Reading
from services.identity.organizations.model import Organization, State
from services.identity.organizations.table import ORGANIZATIONS, claims, organizations
from services.identity.search import words_of

LISTING = Listing(
    orders={"name": ("name", False)},
    filters={
        "parent_id": Filter("parent_id"),
        "state": Filter("state", convert=lambda text: State[text].value),
        "tier": Filter("tier"),
        "channel_manager_id": Filter("owner_id"),
    },
)


def get_organization(reading: Reading, id: str) -> Organization:
    """Raises NotFound, also where the reader may not see it."""
    return reading.get(ORGANIZATIONS, id)


def get_several(reading: Reading, ids: Sequence[str]) -> list[Organization]:
    """Those of them that the reader may see."""
    statement = ORGANIZATIONS.select.where(organizations.c.id.in_(list(dict.fromkeys(ids))))
    rows = reading.connection.execute(statement).mappings().all()
    return [ORGANIZATIONS.from_row(row) for row in rows if reading.sees(ORGANIZATIONS, row)]


def list_organizations(reading: Reading, question: Question, search: str) -> Page[Organization]:
    """By name. Words of the search are looked for in names and domains."""
    return reading.page(ORGANIZATIONS, LISTING, question, [_has(word) for word in words_of(search)])


def _has(word: str) -> sa.ColumnElement[bool]:
    domains = sa.select(claims.c.organization_id).where(claims.c.kind == "domain", claims.c.value.contains(word, autoescape=True))
    return sa.or_(sa.func.lower(organizations.c.name).contains(word, autoescape=True), organizations.c.id.in_(domains))
