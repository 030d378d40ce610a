"""The clocks of registrations: each runs once it is due, late or twice without harm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chassis.errors import NotFound
from chassis.policy.facts import assignees
from chassis.store.transaction import Transaction
from services.deals.matching import keys
from services.deals.matching.profile import profile_of
from services.deals.programme.queries import programme_at
from services.deals.registrations import clocks
from services.deals.registrations.checking import Asked, check, keep
from services.deals.registrations.commands import end_undecided, find_if_live
from services.deals.registrations.model import Registration
from services.deals.registrations.states import Status
from services.deals.registrations.table import REGISTRATIONS

DECIDERS = "channel_manager"


def start_review(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """The binding check; then somebody has to decide, and the vendor's clock runs."""
    registration = _found(tx, key, Status.SUBMITTED)
    if registration is None:
        return
    tx.authorize("check", registration)
    programme = programme_at(tx.connection, tx.now)
    keys.lock(tx.connection, profile_of(registration.party))
    report = check(tx.connection, Asked(registration.id, registration.party, registration.value), programme, tx.now)
    keep(tx.connection, registration.id, report)
    total = timedelta(seconds=registration.decision_total) or timedelta(hours=programme.decision_hours)
    due = clocks.decision_due(tx, registration.decision_left if registration.decision_total else total)
    registration.start_review(
        at=tx.now, due=due, total=total, decider=decider_of(tx, registration), conflict=report.conflict, score=report.score
    )
    tx.schedule(clocks.DECISION, registration.id, due)


def decider_of(tx: Transaction, registration: Registration, without: str = "") -> str:
    """Who decides: whoever did before, else the first channel manager of the partner; never who created or sent it."""
    own = {registration.created_by, registration.submitted_by, without}
    people = [person for person in assignees(tx.connection, registration.org_id, DECIDERS) if person not in own]
    return registration.decider_id if registration.decider_id in people else next(iter(people), "")


def decision_overdue(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """The vendor is late: whom it concerns is told."""
    registration = _found(tx, key, Status.IN_REVIEW)
    if registration is None or registration.clock_due_at is None:
        return
    if registration.clock_due_at > tx.now:
        tx.schedule(clocks.DECISION, key, registration.clock_due_at)
        return
    tx.authorize("run_late", registration)
    registration.run_late()


def answer_overdue(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """The partner did not answer in time: it is withdrawn, unless the programme keeps it waiting."""
    registration = _found(tx, key, Status.ACTION_REQUIRED)
    if registration is None or registration.clock_due_at is None:
        return
    if registration.clock_due_at > tx.now:
        tx.schedule(clocks.ANSWER, key, registration.clock_due_at)
    elif programme_at(tx.connection, tx.now).auto_withdraw:
        tx.authorize("lapse", registration)
        end_undecided(tx, registration, reason="no_answer")


def expiry_reminder(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Protection ends soon; the next reminder is scheduled from here."""
    registration = _found(tx, key, Status.APPROVED)
    if registration is None or registration.protected_until is None or registration.protected_until < tx.now:
        return
    programme = programme_at(tx.connection, tx.now)
    last_day = clocks.day_of(tx, programme, registration.protected_until)
    tx.authorize("remind", registration)
    registration.remind(days_left=(last_day - clocks.day_of(tx, programme, tx.now)).days, last_day=last_day)
    clocks.schedule_reminder(tx, registration, programme)


def expire(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Protection ended by itself."""
    registration = _found(tx, key, Status.APPROVED)
    if registration is None or registration.protected_until is None:
        return
    if registration.protected_until >= tx.now:
        tx.schedule(clocks.EXPIRY, key, registration.protected_until + clocks.SECOND)
        return
    tx.authorize("expire", registration)
    registration.expire()
    tx.cancel(clocks.REMINDER, key)
    find_if_live(tx, registration)


def _found(tx: Transaction, id: str, status: Status) -> Registration | None:
    """The registration if it still is in the state the clock was set for."""
    try:
        registration = tx.load(REGISTRATIONS, id)
    except NotFound:
        return None
    return registration if registration.status is status else None
