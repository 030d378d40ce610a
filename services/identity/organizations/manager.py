"""The channel manager who owns an organisation."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.errors import InvalidArgument
from chassis.store.transaction import Transaction
from services.identity.facts.commands import person_changed
from services.identity.organizations.model import Organization
from services.identity.organizations.table import ORGANIZATIONS, organizations
from services.identity.people.model import Person, State
from services.identity.people.table import PEOPLE, people

FIELD = "organization.channel_manager_id"


def require_manager(tx: Transaction, organization: Organization) -> None:
    """Let the owner have the organisation among those assigned to her: who owns it must see it.

    Raises InvalidArgument unless she is an active person of the vendor.
    """
    for manager in tx.take(PEOPLE, people.c.id == organization.owner_id):
        if manager.state is State.ACTIVE and manager.org_path.count(".") == 1:
            if organization.id not in manager.assigned:
                manager.assign([*manager.assigned, organization.id])
                person_changed(tx, manager)
            return
    raise InvalidArgument.field(FIELD, "Name an active person of the vendor")


def follow_assignment(tx: Transaction, person: Person, before: list[str]) -> None:
    """An organisation without an owner is hers once it is assigned to her; one that is taken from her has none."""
    given, taken = sorted(set(person.assigned) - set(before)), sorted(set(before) - set(person.assigned))
    ownerless = organizations.c.id.in_(given) & (organizations.c.owner_id == "")
    hers = organizations.c.id.in_(taken) & (organizations.c.owner_id == person.id)
    for organization in tx.take(ORGANIZATIONS, sa.or_(ownerless, hers)):
        if not organization.closed:
            organization.update({"owner_id": "" if organization.owner_id else person.id})
