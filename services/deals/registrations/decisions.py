"""What the vendor decides: approve, reject, send back, and take a decision back while messages still wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.errors import FailedPrecondition, InvalidArgument
from chassis.store.transaction import Transaction
from services.deals.matching import keys
from services.deals.matching.profile import profile_of
from services.deals.programme.definitions import Programme
from services.deals.programme.queries import programme_at
from services.deals.projections import Calendars
from services.deals.registrations import clocks
from services.deals.registrations.checking import Asked, find, limits_of, protected_hard
from services.deals.registrations.commands import Act, find_if_live, load
from services.deals.registrations.content import EVIDENCE, masked_paths
from services.deals.registrations.model import Registration
from services.deals.registrations.states import Decision


class ProtectionConflict(FailedPrecondition):
    """Another registration of the same customer and product family is protected."""

    reason = "REGISTRATION_CONFLICT"


@dataclass(frozen=True)
class Reject:
    """Refuse it by a rule, in words."""

    id: str
    etag: str
    rule: str
    text: str


@dataclass(frozen=True)
class SendBack:
    """Ask something; `fields` may be changed to answer it."""

    id: str
    etag: str
    text: str
    fields: Sequence[str]


def approve(tx: Transaction, cmd: Act) -> Registration:
    """Protect it. Raises ProtectionConflict while another holds protection for a hard match."""
    registration = load(tx, cmd.id, "approve", cmd.etag)
    programme = programme_at(tx.connection, tx.now)
    _require_free(tx, registration, programme)
    clocks.pause_decision(tx, registration)
    until = clocks.protection_end(tx, programme)
    registration.approve(_decision(tx, cmd.text), until=until, last_day=clocks.day_of(tx, programme, until))
    clocks.schedule_protection(tx, registration, programme)
    return registration


def _require_free(tx: Transaction, registration: Registration, programme: Programme) -> None:
    """Nobody else approves the same customer until this transaction ends; what is protected by then is seen here."""
    keys.lock(tx.connection, profile_of(registration.party))
    asked = Asked(registration.id, registration.party, registration.value)
    taken = protected_hard(find(tx.connection, asked, limits_of(programme)), tx.now)
    if taken:
        other = taken[0].other
        raise ProtectionConflict(
            f"{other.number} holds protection for this customer", metadata={"registration_id": other.id, "number": other.number}
        )


def reject(tx: Transaction, cmd: Reject) -> Registration:
    """Refuse it by one of the programme's rules."""
    registration = load(tx, cmd.id, "reject", cmd.etag)
    rules = programme_at(tx.connection, tx.now).rule_codes
    if cmd.rule not in rules:
        raise InvalidArgument.field("rule", f"use one of {', '.join(sorted(rules))}", "UNKNOWN_CODE")
    clocks.pause_decision(tx, registration)
    registration.reject(_decision(tx, _words(cmd.text)), rule=cmd.rule)
    find_if_live(tx, registration)
    return registration


def send_back(tx: Transaction, cmd: SendBack) -> Registration:
    """Ask the partner: the vendor's clock pauses, the partner's runs in the partner's own working days."""
    registration = load(tx, cmd.id, "send_back", cmd.etag)
    fields = [*masked_paths(cmd.fields, "fields")]
    fields += [] if EVIDENCE in fields else [EVIDENCE]
    total = timedelta(days=programme_at(tx.connection, tx.now).answer_days)
    due = Calendars(tx.connection).of(registration.org_id).add(tx.now, total)
    clocks.pause_decision(tx, registration)
    registration.send_back(_decision(tx, _words(cmd.text)), fields=fields, due=due, total=total)
    tx.schedule(clocks.ANSWER, registration.id, due)
    return registration


def retract(tx: Transaction, cmd: Act) -> Registration:
    """Take one's own decision back; the vendor's clock goes on where it stopped."""
    registration = load(tx, cmd.id, "retract", cmd.etag)
    due = clocks.decision_due(tx, registration.decision_left)
    registration.retract(by=tx.subject.id, at=tx.now, due=due)
    tx.cancel(clocks.ANSWER, registration.id)
    clocks.cancel_protection(tx, registration)
    tx.schedule(clocks.DECISION, registration.id, due)
    find_if_live(tx, registration)
    return registration


def _decision(tx: Transaction, text: str) -> Decision:
    window = timedelta(seconds=tx.settings.undo_window_seconds)
    return Decision(tx.subject.id, tx.now, text.strip(), tx.now + window)


def _words(text: str) -> str:
    """Raises InvalidArgument where nothing but space was written."""
    if not text.strip():
        raise InvalidArgument.field("text", "Say it in words the partner understands", "MISSING")
    return text
