"""What deals learns from identity: where organisations are, and who decides for which partner."""

from __future__ import annotations

from prm.identity.v1 import events_pb2 as identity

from chassis.events.subscriptions import subscribe
from chassis.store.transaction import Transaction
from services.deals import projections
from services.deals.registrations.reassigning import reassign

ORGANIZATIONS = "deals.organizations.v1"
ASSIGNMENTS = "deals.assignments.v1"


@subscribe(identity.OrganizationCreated, queue=ORGANIZATIONS, ordered=True)
def meet_organization(event: identity.OrganizationCreated, tx: Transaction) -> None:
    """Its clocks run where it is."""
    projections.put_organization(
        tx.connection, event.organization_id, country=event.country, time_zone=event.time_zone, parent_id=event.parent_id
    )


@subscribe(identity.OrganizationUpdated, queue=ORGANIZATIONS, ordered=True)
def update_organization(event: identity.OrganizationUpdated, tx: Transaction) -> None:
    """It may have moved; clocks that run keep the end they were given."""
    projections.put_organization(tx.connection, event.organization_id, country=event.country, time_zone=event.time_zone)


@subscribe(identity.PersonAssigned, queue=ASSIGNMENTS, ordered=True)
def reassign_deciders(event: identity.PersonAssigned, tx: Transaction) -> None:
    """Open registrations of these partners get a decider, or another one."""
    reassign(tx, event.person_id, added=event.added, removed=event.removed)
