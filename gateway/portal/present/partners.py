"""Partners of the vendor, or resellers of a distributor: who they are, how they stand, the way to their deals and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prm.identity.v1.organizations_pb2 import Organization

from gateway.portal import formats
from gateway.portal.models import Away
from gateway.portal.present.marks import Mark
from gateway.portal.words import _, reader
from gateway.views.names import Names


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """An organisation in the list."""

    id: str
    name: str
    meta: str
    through: str
    tier: str
    manager: str
    state: Mark


@dataclass(frozen=True, slots=True)
class PartnersPage:
    """The list with its search."""

    title: str
    rows: Sequence[PartnerRow]
    q: str = ""
    next: str = ""
    show_deals: bool = True
    show_people: bool = False
    away: Away | None = None


def partner_row(one: Organization, names: Names, parents: dict[str, str]) -> PartnerRow:
    """The row of an organisation; `parents` are names of the distributors it may stand under."""
    country = str(reader().locale.territories.get(one.country, one.country))
    types = formats.listing([kind(name) for name in one.types])
    return PartnerRow(
        id=one.id,
        name=one.name,
        meta=" · ".join(part for part in (country, types) if part),
        through=parents.get(one.parent_id, ""),
        tier=one.tier.replace("_", " ").capitalize(),
        manager=names.person(one.channel_manager_id),
        state=state(one.state),
    )


def state(value: Organization.State.ValueType) -> Mark:
    """How a partner stands."""
    marks = {
        Organization.ONBOARDING: Mark("draft", _("Onboarding")),
        Organization.ACTIVE: Mark("won", _("Active"), "ok"),
        Organization.SUSPENDED: Mark("lock", _("Suspended"), "bad"),
        Organization.TERMINATED: Mark("ended", _("Terminated"), "bad"),
    }
    return marks.get(value, Mark("ask", _("Unknown")))


def kind(name: str) -> str:
    """A type of partner as people call it; an abbreviation of the trade stays one."""
    words = {"distributor": _("Distributor"), "reseller": _("Reseller"), "vendor": _("Vendor")}
    return words.get(name, name.upper())
