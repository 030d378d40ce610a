"""A company as it is compared: what was typed, and what is left of it after normalising."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from services.deals.matching import tax_ids
from services.deals.matching.domains import of_email, telling
from services.deals.matching.names import Form, forms_of
from services.deals.matching.places import town_of
from services.deals.matching.tax_ids import TaxId, Verdict


@dataclass(frozen=True)
class Party:
    """A company as somebody described it. No families means all of them."""

    name: str
    domain: str = ""
    country: str = ""
    town: str = ""
    tax_id: str = ""
    contact_email: str = ""
    families: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Profile:
    """The same, normalised. Domains are registrable ones and empty where they tell nothing."""

    party: Party
    forms: tuple[Form, ...]
    domain: str
    contact_domain: str
    town: tuple[str, ...]
    tax_verdict: Verdict
    tax_id: TaxId | None


@lru_cache(maxsize=5000)
def profile_of(party: Party) -> Profile:
    """Normalise a company."""
    verdict, tax_id = tax_ids.read(party.tax_id, party.country)
    return Profile(
        party=party,
        forms=forms_of(party.name, party.town),
        domain=telling(party.domain),
        contact_domain=telling(of_email(party.contact_email)),
        town=town_of(party.town),
        tax_verdict=verdict,
        tax_id=tax_id,
    )
