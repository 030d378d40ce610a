"""What notify learns from others: people to write to, and what to tell them. Both queues are ordered by object."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from prm.deals.v1 import events_pb2 as deals
from prm.identity.v1 import events_pb2 as identity

from chassis.events.envelope import Envelope
from chassis.events.subscriptions import subscribe
from chassis.policy.directory import holders_of, home_of
from chassis.store.transaction import Transaction
from chassis.times import from_date, from_timestamp
from services.notify import projections
from services.notify.deliveries.commands import Mail, cancel_waiting, schedule_delivery
from services.notify.kinds import INVITED
from services.notify.notifications.commands import Tell, tell, withdraw
from services.notify.projections import Recipient

PEOPLE = "notify.people.v1"
REGISTRATIONS = "notify.registrations.v1"
RETRACTED = {
    "approved": "registration.approved",
    "rejected": "registration.rejected",
    "action_required": "registration.action_requested",
}


@subscribe(identity.PersonInvited, queue=PEOPLE, ordered=True, envelope=True)
def invite(event: identity.PersonInvited, tx: Transaction, envelope: Envelope) -> None:
    """Write to somebody new. The link of an earlier invitation works no more, so its e-mail is stopped if it still waits."""
    _keep(tx, event, active=False)
    cancel_waiting(tx, event.person_id, INVITED)
    home = home_of(tx.connection, event.person_id)
    schedule_delivery(
        tx,
        Mail(
            kind=INVITED,
            subject=f"person/{event.person_id}",
            event_id=str(envelope.event_id),
            person_id=event.person_id,
            org_id=event.organization_id,
            org_path=home.org_path,
            secrets={"token": event.token, "until": _time(event.expire_time)},
        ),
    )


@subscribe(identity.PersonActivated, queue=PEOPLE, ordered=True)
def meet(event: identity.PersonActivated, tx: Transaction) -> None:
    """She took up her invitation."""
    _keep(tx, event, active=True)


@subscribe(identity.PersonUpdated, queue=PEOPLE, ordered=True)
def update(event: identity.PersonUpdated, tx: Transaction) -> None:
    """Name, e-mail, language or zone changed."""
    known = projections.recipient(tx.connection, event.person_id)
    _keep(tx, event, active=known is not None and known.active)


@subscribe(identity.PersonDeactivated, queue=PEOPLE, ordered=True)
def part(event: identity.PersonDeactivated, tx: Transaction) -> None:
    """She works here no more: nothing is sent to her."""
    projections.set_active(tx.connection, event.person_id, active=False)
    cancel_waiting(tx, event.person_id)


@subscribe(identity.PersonReactivated, queue=PEOPLE, ordered=True)
def meet_again(event: identity.PersonReactivated, tx: Transaction) -> None:
    """She is back."""
    projections.set_active(tx.connection, event.person_id, active=True)


@subscribe(deals.RegistrationReviewStarted, queue=REGISTRATIONS, ordered=True, envelope=True)
def review_started(event: deals.RegistrationReviewStarted, tx: Transaction, envelope: Envelope) -> None:
    """The decider; the programme managers where nobody is assigned."""
    values = {"number": event.number, "due": _time(event.due_time)}
    _tell(tx, envelope, "registration.review_started", _decider(tx, event.decider_id), values)


@subscribe(deals.RegistrationActionRequested, queue=REGISTRATIONS, ordered=True, envelope=True)
def action_requested(event: deals.RegistrationActionRequested, tx: Transaction, envelope: Envelope) -> None:
    """The owner, once it can no longer be taken back."""
    values = {"number": event.number, "due": _time(event.due_time)}
    _tell(tx, envelope, "registration.action_requested", _owner(tx, event.owner_id, event.organization_id), values, event.undo_until)


@subscribe(deals.RegistrationApproved, queue=REGISTRATIONS, ordered=True, envelope=True)
def approved(event: deals.RegistrationApproved, tx: Transaction, envelope: Envelope) -> None:
    """The owner, once it can no longer be taken back."""
    values = {"number": event.number, "until": _last_day(event)}
    _tell(tx, envelope, "registration.approved", _owner(tx, event.owner_id, event.organization_id), values, event.undo_until)


@subscribe(deals.RegistrationRejected, queue=REGISTRATIONS, ordered=True, envelope=True)
def rejected(event: deals.RegistrationRejected, tx: Transaction, envelope: Envelope) -> None:
    """The owner, once it can no longer be taken back."""
    values = {"number": event.number, "rule": event.rule}
    _tell(tx, envelope, "registration.rejected", _owner(tx, event.owner_id, event.organization_id), values, event.undo_until)


@subscribe(deals.RegistrationDecisionRetracted, queue=REGISTRATIONS, ordered=True, envelope=True)
def decision_retracted(event: deals.RegistrationDecisionRetracted, tx: Transaction, envelope: Envelope) -> None:
    """What waited is withdrawn; only whoever had an e-mail already is told that it no longer holds."""
    kind = RETRACTED.get(event.retracted_status)
    if kind is not None:
        too_late = withdraw(tx, envelope.aggregate, kind)
        _tell(tx, envelope, "registration.decision_retracted", too_late, {"number": event.number})


@subscribe(deals.RegistrationWithdrawn, queue=REGISTRATIONS, ordered=True, envelope=True)
def withdrawn(event: deals.RegistrationWithdrawn, tx: Transaction, envelope: Envelope) -> None:
    """Whoever was to decide it, if anybody was."""
    _tell(tx, envelope, "registration.withdrawn", [event.decider_id], {"number": event.number})


@subscribe(deals.RegistrationExpiring, queue=REGISTRATIONS, ordered=True, envelope=True)
def expiring(event: deals.RegistrationExpiring, tx: Transaction, envelope: Envelope) -> None:
    """The owner, in time to act."""
    values = {"number": event.number, "until": _last_day(event), "days": str(event.days_left)}
    _tell(tx, envelope, "registration.expiring", _owner(tx, event.owner_id, event.organization_id), values)


@subscribe(deals.RegistrationExpired, queue=REGISTRATIONS, ordered=True, envelope=True)
def expired(event: deals.RegistrationExpired, tx: Transaction, envelope: Envelope) -> None:
    """The owner."""
    _tell(tx, envelope, "registration.expired", _owner(tx, event.owner_id, event.organization_id), {"number": event.number})


@subscribe(deals.RegistrationDecisionOverdue, queue=REGISTRATIONS, ordered=True, envelope=True)
def decision_overdue(event: deals.RegistrationDecisionOverdue, tx: Transaction, envelope: Envelope) -> None:
    """The decider and, because the promise to the partner is broken, the programme managers."""
    people = [event.decider_id, *holders_of(tx.connection, "programme_manager")]
    _tell(tx, envelope, "registration.decision_overdue", people, {"number": event.number})


def _tell(
    tx: Transaction, envelope: Envelope, kind: str, people: list[str], values: dict[str, str], not_before: Timestamp | None = None
) -> None:
    tell(
        tx,
        Tell(
            kind=kind,
            subject=envelope.aggregate,
            event_id=str(envelope.event_id),
            people=people,
            parameters=values,
            actor_id=envelope.actor,
            not_before=None if not_before is None or not not_before.seconds else from_timestamp(not_before),
        ),
    )


def _decider(tx: Transaction, decider_id: str) -> list[str]:
    return [decider_id] if decider_id else holders_of(tx.connection, "programme_manager")


def _owner(tx: Transaction, owner_id: str, organization_id: str) -> list[str]:
    """The owner; the partner's administrators once she has left, so that nothing is told to nobody."""
    home = home_of(tx.connection, owner_id)
    left = bool(home.org_id) and not home.active
    return holders_of(tx.connection, "partner_admin", organization_id) if left else [owner_id]


def _keep(tx: Transaction, event: identity.PersonInvited | identity.PersonActivated | identity.PersonUpdated, *, active: bool) -> None:
    projections.keep(
        tx.connection,
        Recipient(event.person_id, event.organization_id, event.name, event.email, event.language, event.time_zone, active),
    )


def _last_day(event: deals.RegistrationApproved | deals.RegistrationExpiring) -> str:
    """The day protection ends, the same for every reader; of an event from before there was one, the moment."""
    return from_date(event.last_day, "last_day").isoformat() if event.HasField("last_day") else _time(event.protected_until)


def _time(at: Timestamp) -> str:
    return from_timestamp(at).isoformat() if at.seconds else ""
