"""A deal registration and its state machine (domain.md 3). Times, people and terms are arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from prm.deals.v1 import events_pb2
from prm.deals.v1 import registrations_pb2 as pb

from chassis.money import Money
from chassis.store.entity import Owned
from chassis.times import to_date, to_timestamp
from services.deals.matching.compare import Class
from services.deals.matching.profile import Party
from services.deals.registrations.states import DECIDED, UNDECIDED, Decision, DecisionFinal, Side, Status, WrongState


@dataclass(kw_only=True)
class Registration(Owned):
    """A partner's request for time-limited protection of one customer and some product families.

    Clocks are business time: `decision_used` and `decision_total` are seconds of the vendor's clock, used when it last stopped
    and in all; `clock_total` those of the clock that runs now. Of two conflicting ones the earlier `submit_time` goes first.
    """

    number: str
    created_by: str
    status: Status = Status.DRAFT
    customer_name: str
    customer_domain: str = ""
    customer_country: str = ""
    customer_town: str = ""
    customer_tax_id: str = ""
    customer_contact_email: str = ""
    product_families: Sequence[str] = ()
    value: Money | None = None
    expected_close: date | None = None
    evidence_note: str = ""
    margin_percent: float = 0.0
    decider_id: str = ""
    submit_time: datetime | None = None
    submitted_by: str = ""
    clock_side: Side = Side.NOBODY
    clock_started_at: datetime | None = None
    clock_due_at: datetime | None = None
    clock_total: int = 0
    decision_used: int = 0
    decision_total: int = 0
    decided_by: str = ""
    decided_at: datetime | None = None
    undo_until: datetime | None = None
    decision_rule: str = ""
    decision_text: str = ""
    requested_fields: Sequence[str] = ()
    protected_from: datetime | None = None
    protected_until: datetime | None = None
    conflict: int = 0
    conflict_score: int = 0

    @property
    def party(self) -> Party:
        """What of it is compared with others."""
        return party_of(self)

    def open(self) -> None:
        """A draft begins."""
        self.record(events_pb2.RegistrationCreated(**self._about()))

    def update(self, changes: Mapping[str, Any], names: Sequence[str]) -> None:
        """Take over new content; `names` are the paths that changed, already found to be open. Ends the time to undo a question."""
        for attribute, value in changes.items():
            setattr(self, attribute, value)
        self.undo_until = None
        self.record(events_pb2.RegistrationUpdated(registration_id=self.id, fields=names))

    def discard(self) -> None:
        """Throw a draft away."""
        self._require(Status.DRAFT)
        self.record(events_pb2.RegistrationDiscarded(registration_id=self.id))

    def require_submittable(self) -> None:
        """Raises WrongState unless it can be sent now."""
        self._require(Status.DRAFT, Status.ACTION_REQUIRED)

    def submit(self, *, by: str, at: datetime, keeps_priority: bool) -> None:
        """Send it for decision. The first complete submission sets the priority; a later one only when it is another deal now."""
        self.require_submittable()
        resubmitted = self.status is Status.ACTION_REQUIRED
        if self.submit_time is None or not keeps_priority:
            self.submit_time = at
        self.status, self.submitted_by = Status.SUBMITTED, by
        self._stop_clock()
        self._clear_decision()
        event = events_pb2.RegistrationSubmitted(
            **self._about(),
            submitted_by=by,
            priority_time=to_timestamp(self.submit_time),
            resubmitted=resubmitted,
            margin_percent=self.margin_percent,
        )
        if self.value is not None:
            event.value.CopyFrom(self.value.to_proto())
        self.record(event)

    def start_review(self, *, at: datetime, due: datetime, total: timedelta, decider: str, conflict: Class, score: int) -> None:
        """The check has run: the vendor's clock goes on where it stopped, or starts."""
        self._require(Status.SUBMITTED)
        self.status, self.decider_id = Status.IN_REVIEW, decider
        self.conflict, self.conflict_score = int(conflict), score
        self.decision_total = int(total.total_seconds())
        self._start_clock(Side.VENDOR, at, due, total)
        self.record(
            events_pb2.RegistrationReviewStarted(
                **self._about(),
                decider_id=decider,
                due_time=to_timestamp(due),
                conflict=pb.ConflictClass.ValueType(self.conflict),
                conflict_score=score,
            )
        )

    def assign(self, decider: str) -> None:
        """Another person decides from now on; nobody when empty."""
        self._require(*UNDECIDED)
        self.decider_id = decider
        self.record(events_pb2.RegistrationDeciderAssigned(**self._about(), decider_id=decider))

    def send_back(self, decision: Decision, *, fields: Sequence[str], due: datetime, total: timedelta) -> None:
        """Ask the partner; the vendor's clock pauses, the partner's runs until `due`."""
        self._require(Status.IN_REVIEW)
        self._decide(Status.ACTION_REQUIRED, decision)
        self.requested_fields = tuple(fields)
        self._start_clock(Side.PARTNER, decision.at, due, total)
        self.record(
            events_pb2.RegistrationActionRequested(
                **self._about(),
                requested_by=decision.by,
                fields=fields,
                due_time=to_timestamp(due),
                undo_until=to_timestamp(self.undo_until),
            )
        )

    def approve(self, decision: Decision, *, until: datetime, last_day: date) -> None:
        """Protect it until a time, the end of its last day in the programme's zone."""
        self._require(Status.IN_REVIEW)
        self._decide(Status.APPROVED, decision)
        self.protected_from, self.protected_until = decision.at, until
        self.record(
            events_pb2.RegistrationApproved(
                **self._about(),
                approved_by=decision.by,
                protected_until=to_timestamp(until),
                undo_until=to_timestamp(self.undo_until),
                last_day=to_date(last_day),
            )
        )

    def reject(self, decision: Decision, *, rule: str) -> None:
        """Refuse it by a rule of the programme."""
        self._require(Status.IN_REVIEW)
        self._decide(Status.REJECTED, decision)
        self.decision_rule = rule
        self.record(
            events_pb2.RegistrationRejected(**self._about(), rejected_by=decision.by, rule=rule, undo_until=to_timestamp(self.undo_until))
        )

    def retract(self, *, by: str, at: datetime, due: datetime) -> None:
        """Take one's own decision back in time; the vendor's clock goes on."""
        self.require_undoable(by=by, at=at)
        before = self.status
        self.status = Status.IN_REVIEW
        self.protected_from = self.protected_until = None
        self._clear_decision()
        self.decision_text, self.requested_fields = "", ()
        self._start_clock(Side.VENDOR, at, due, timedelta(seconds=self.decision_total))
        self.record(events_pb2.RegistrationDecisionRetracted(**self._about(), retracted_by=by, retracted_status=before.value))

    def withdraw(self, *, reason: str, text: str = "") -> None:
        """The partner takes it back, or never answered."""
        self._require(*UNDECIDED)
        self.status, self.undo_until = Status.WITHDRAWN, None
        self.decision_rule = "" if reason == "withdrawn" else reason
        self.decision_text = text or self.decision_text
        self._stop_clock()
        self.record(events_pb2.RegistrationWithdrawn(**self._about(), decider_id=self.decider_id, reason=reason))

    def expire(self) -> None:
        """Protection ends; until when it held stays readable."""
        self._require(Status.APPROVED)
        self.status, self.undo_until = Status.EXPIRED, None
        self.record(events_pb2.RegistrationExpired(**self._about()))

    def remind(self, *, days_left: int, last_day: date) -> None:
        """Protection ends soon."""
        self._require(Status.APPROVED)
        self.record(
            events_pb2.RegistrationExpiring(
                **self._about(),
                protected_until=to_timestamp(self.protected_until),
                days_left=days_left,
                last_day=to_date(last_day),
            )
        )

    def run_late(self) -> None:
        """The vendor's clock ran out."""
        self._require(Status.IN_REVIEW)
        self.record(
            events_pb2.RegistrationDecisionOverdue(
                registration_id=self.id, number=self.number, organization_id=self.org_id, decider_id=self.decider_id
            )
        )

    def require_undoable(self, *, by: str, at: datetime) -> None:
        """Raises DecisionFinal unless `by` decided it and may still take that back."""
        if self.status not in DECIDED or self.undo_until is None or self.decided_by != by or at > self.undo_until:
            raise DecisionFinal("The decision can no longer be taken back")

    def pause_decision(self, used: timedelta) -> None:
        """Note how much of the vendor's clock is used, before it stops."""
        self.decision_used = min(int(used.total_seconds()), 2**31 - 1)

    @property
    def decision_left(self) -> timedelta:
        """What the vendor's clock has left when it starts again."""
        return timedelta(seconds=max(0, self.decision_total - self.decision_used))

    def _require(self, *allowed: Status) -> None:
        if self.status not in allowed:
            names = " or ".join(item.value for item in allowed)
            raise WrongState(f"It is {self.status.value}; this needs {names}", metadata={"status": self.status.value})

    def _decide(self, status: Status, decision: Decision) -> None:
        self.status, self.decided_by, self.decided_at = status, decision.by, decision.at
        self.undo_until, self.decision_text, self.decision_rule = decision.undo_until, decision.text, ""
        self.requested_fields = ()
        self._stop_clock()

    def _clear_decision(self) -> None:
        """What was asked stays readable until the next decision; who decided does not, since nothing is decided."""
        self.decided_by, self.decided_at, self.undo_until, self.decision_rule = "", None, None, ""

    def _start_clock(self, side: Side, at: datetime, due: datetime, total: timedelta) -> None:
        self.clock_side, self.clock_started_at, self.clock_due_at = side, at, due
        self.clock_total = int(total.total_seconds())

    def _stop_clock(self) -> None:
        self.clock_side, self.clock_started_at, self.clock_due_at, self.clock_total = Side.NOBODY, None, None, 0

    def _about(self) -> dict[str, str]:
        """What every event says of it."""
        return {"registration_id": self.id, "number": self.number, "organization_id": self.org_id, "owner_id": self.owner_id}


def party_of(described: Any) -> Party:
    """The customer of a registration, or of a row of its table."""
    return Party(
        name=described.customer_name,
        domain=described.customer_domain,
        country=described.customer_country,
        town=described.customer_town,
        tax_id=described.customer_tax_id,
        contact_email=described.customer_contact_email,
        families=frozenset(described.product_families),
    )
