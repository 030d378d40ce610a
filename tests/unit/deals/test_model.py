"""The state machine: every method against every state, and what each leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.deals.matching.compare import Class
from services.deals.registrations.model import Registration
from services.deals.registrations.states import LIVE, UNDECIDED, Decision, DecisionFinal, Side, Status, WrongState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOURS = timedelta(hours=48)
WINDOW = timedelta(minutes=5)


def registration(status: Status = Status.DRAFT) -> Registration:
    made = Registration(
        id="reg_1", created_at=NOW, updated_at=NOW, org_id="org_1", org_path="v.org_1.", owner_id="per_seller",
        number="DR-2026-00001", created_by="per_seller", customer_name="Nordkai AG",
    )  # fmt: skip
    made.status = status
    made.submit_time = None if status is Status.DRAFT else NOW
    if status is Status.APPROVED:
        made.protected_from, made.protected_until = NOW, NOW + timedelta(days=90)
    return made


def decision(by: str = "per_decider", at: datetime = NOW) -> Decision:
    return Decision(by, at, "Because.", at + WINDOW)


def start(one: Registration, at: datetime = NOW) -> None:
    one.start_review(at=at, due=at + HOURS, total=HOURS, decider="per_decider", conflict=Class.NONE, score=0)


METHODS: dict[str, tuple[Callable[[Registration], None], tuple[Status, ...], Status | None]] = {
    "discard": (lambda one: one.discard(), (Status.DRAFT,), None),
    "submit": (
        lambda one: one.submit(by="per_seller", at=NOW, keeps_priority=True),
        (Status.DRAFT, Status.ACTION_REQUIRED),
        Status.SUBMITTED,
    ),
    "start_review": (start, (Status.SUBMITTED,), Status.IN_REVIEW),
    "assign": (lambda one: one.assign("per_other"), UNDECIDED, None),
    "send_back": (
        lambda one: one.send_back(decision(), fields=["value"], due=NOW, total=HOURS),
        (Status.IN_REVIEW,),
        Status.ACTION_REQUIRED,
    ),
    "approve": (lambda one: one.approve(decision(), until=NOW, last_day=NOW.date()), (Status.IN_REVIEW,), Status.APPROVED),
    "reject": (lambda one: one.reject(decision(), rule="tender"), (Status.IN_REVIEW,), Status.REJECTED),
    "withdraw": (lambda one: one.withdraw(reason="withdrawn"), UNDECIDED, Status.WITHDRAWN),
    "expire": (lambda one: one.expire(), (Status.APPROVED,), Status.EXPIRED),
    "remind": (lambda one: one.remind(days_left=3, last_day=NOW.date()), (Status.APPROVED,), None),
    "run_late": (lambda one: one.run_late(), (Status.IN_REVIEW,), None),
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("status", Status)
def test_each_method_in_each_state(name: str, status: Status) -> None:
    act, allowed, after = METHODS[name]
    one = registration(status)
    if status not in allowed:
        with pytest.raises(WrongState) as refused:
            act(one)
        assert refused.value.reason == "REGISTRATION_STATE" and one.status is status and not one.recorded
        return
    act(one)
    assert one.status is (after or status) and len(one.recorded) == 1 and one.version == 1


def test_priority_is_given_once() -> None:
    one = registration()
    one.submit(by="per_seller", at=NOW, keeps_priority=True)
    start(one)
    one.send_back(decision(), fields=["value"], due=NOW, total=HOURS)
    one.submit(by="per_seller", at=NOW + HOURS, keeps_priority=True)
    assert one.submit_time == NOW
    start(one)
    one.send_back(decision(), fields=["value"], due=NOW, total=HOURS)
    one.submit(by="per_seller", at=NOW + HOURS, keeps_priority=False)
    assert one.submit_time == NOW + HOURS


@pytest.mark.parametrize(
    ("by", "after", "fine"),
    [
        ("per_decider", timedelta(0), True),
        ("per_decider", WINDOW, True),
        ("per_decider", WINDOW + timedelta(seconds=1), False),
        ("per_other", timedelta(0), False),
    ],
)
def test_who_may_undo_and_until_when(by: str, after: timedelta, fine: bool) -> None:
    one = registration(Status.IN_REVIEW)
    one.approve(decision(), until=NOW + timedelta(days=90), last_day=NOW.date())
    if not fine:
        with pytest.raises(DecisionFinal):
            one.retract(by=by, at=NOW + after, due=NOW)
        return
    one.retract(by=by, at=NOW + after, due=NOW + HOURS)
    assert one.status is Status.IN_REVIEW and one.protected_until is None and one.decided_by == ""


class Story(RuleBasedStateMachine):
    """Whatever the two sides do in whatever order: these things hold after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.one = registration()
        self.now = NOW
        self.first: datetime | None = None

    def act(self, name: str) -> None:
        METHODS[name][0](self.one)

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.one.status in (Status.DRAFT, Status.ACTION_REQUIRED))
    @rule()
    def submit(self) -> None:
        self.one.submit(by="per_seller", at=self.now, keeps_priority=True)
        self.first = self.first or self.now

    @precondition(lambda self: self.one.status is Status.SUBMITTED)
    @rule()
    def review(self) -> None:
        start(self.one, self.now)

    @precondition(lambda self: self.one.status is Status.IN_REVIEW)
    @rule(how=st.sampled_from(["approve", "reject", "send_back"]))
    def decide(self, how: str) -> None:
        said = decision(at=self.now)
        if how == "approve":
            self.one.approve(said, until=self.now + timedelta(days=90), last_day=self.now.date())
        elif how == "reject":
            self.one.reject(said, rule="tender")
        else:
            self.one.send_back(said, fields=["value"], due=self.now + HOURS, total=HOURS)

    @precondition(lambda self: self.one.undo_until is not None and self.now <= self.one.undo_until)
    @rule()
    def undo(self) -> None:
        self.one.retract(by="per_decider", at=self.now, due=self.now + HOURS)

    @precondition(lambda self: self.one.status in UNDECIDED)
    @rule()
    def withdraw(self) -> None:
        self.act("withdraw")

    @precondition(lambda self: self.one.status is Status.APPROVED)
    @rule()
    def expire(self) -> None:
        self.act("expire")

    @invariant()
    def holds(self) -> None:
        one = self.one
        assert (one.clock_side is Side.NOBODY) == (one.clock_due_at is None)
        assert (one.clock_side is Side.VENDOR) == (one.status is Status.IN_REVIEW)
        assert (one.clock_side is Side.PARTNER) == (one.status is Status.ACTION_REQUIRED)
        assert one.submit_time == self.first
        assert one.status is not Status.APPROVED or one.protected_until is not None
        assert one.decided_by in ("", "per_decider")
        assert one.undo_until is None or one.status in (Status.APPROVED, Status.REJECTED, Status.ACTION_REQUIRED)
        assert one.sequence == len(one.recorded)
        assert one.status in LIVE or one.clock_side is Side.NOBODY


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
