"""The clocks of a registration: terms in working time of the side whose move it is, and the jobs that run when they end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chassis.store.transaction import Transaction
from services.deals.programme.definitions import Programme
from services.deals.projections import Calendars
from services.deals.registrations.model import Registration
from services.deals.registrations.states import Side

CHECK = "registration.check"
DECISION = "registration.decision_overdue"
ANSWER = "registration.answer_overdue"
REMINDER = "registration.expiry_reminder"
EXPIRY = "registration.expiry"
SECOND = timedelta(seconds=1)
MORNING = timedelta(hours=8)  # when reminders arrive, in the programme's zone


def decision_due(tx: Transaction, left: timedelta) -> datetime:
    """When the vendor's clock ends if it starts now with this much left."""
    return Calendars(tx.connection).vendor.add(tx.now, left)


def pause_decision(tx: Transaction, registration: Registration) -> None:
    """Stop the vendor's clock and forget its end."""
    if registration.clock_side is Side.VENDOR and registration.clock_due_at is not None:
        registration.pause_decision(clock_used(registration, Calendars(tx.connection), tx.now))
    tx.cancel(DECISION, registration.id)


def clock_used(registration: Registration, calendars: Calendars, now: datetime) -> timedelta:
    """How much of the clock that runs is used, late time included. Counted back from its end, so pauses need no memory."""
    if registration.clock_due_at is None:
        return timedelta(0)
    due = registration.clock_due_at
    place = calendars.vendor if registration.clock_side is Side.VENDOR else calendars.of(registration.org_id)
    total = timedelta(seconds=registration.clock_total)
    return total - place.between(now, due) if now <= due else total + place.between(due, now)


def protection_end(tx: Transaction, programme: Programme) -> datetime:
    """23:59:59 of the last day in the programme's zone."""
    return Calendars(tx.connection).programme(programme.time_zone).end_of_day(tx.now, programme.protection_days)


def schedule_protection(tx: Transaction, registration: Registration, programme: Programme) -> None:
    """Let it remind and end by itself."""
    if registration.protected_until is None:
        raise ValueError(f"{registration.id} is not protected")
    tx.schedule(EXPIRY, registration.id, registration.protected_until + SECOND)
    schedule_reminder(tx, registration, programme)


def schedule_reminder(tx: Transaction, registration: Registration, programme: Programme) -> None:
    """The next reminder that still lies ahead; one job at a time."""
    place = Calendars(tx.connection).programme(programme.time_zone)
    if registration.protected_until is None:
        raise ValueError(f"{registration.id} is not protected")
    for days in programme.expiry_reminder_days:
        at = place.end_of_day(registration.protected_until, -days - 1) + SECOND + MORNING
        if at > tx.now:
            tx.schedule(REMINDER, registration.id, at, {"days": days})
            return


def cancel_protection(tx: Transaction, registration: Registration) -> None:
    """Forget its end and its reminders."""
    tx.cancel(EXPIRY, registration.id)
    tx.cancel(REMINDER, registration.id)


def day_of(tx: Transaction, programme: Programme, at: datetime) -> date:
    """The day of a moment in the programme's zone."""
    return at.astimezone(Calendars(tx.connection).programme(programme.time_zone).zone).date()
