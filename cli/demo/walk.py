"""A year of registrations: each month some are sent, decided, answered, and time runs them out by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from google.type import date_pb2
from prm.deals.v1 import registrations_pb2 as pb
from prm.notify.v1 import notifications_pb2

from chassis.money import Money
from cli.demo.client import Api, eventually
from cli.demo.customers import MONTHS, QUESTION, Plan, plans
from cli.demo.people import Programme
from cli.demo.programme import MEMBERS, email
from cli.demo.shift import Shift

EMAILS = {member.key: email(member) for member in MEMBERS}
OPEN_OUTCOMES = ("in_review", "send_back", "draft")
MONTH_DAYS = 33  # the last full month ends five weeks ago: its protections are young, those of the month before end soon
Progress = Callable[[str], None]


@dataclass
class Made:
    """A registration of the demo and its plan."""

    id: str
    plan: Plan
    when: datetime


def walk_year(api: Api, made: Programme, shift: Shift, progress: Progress) -> int:
    """Make all registrations; -> how many. Leaves the clock at today."""
    today = datetime.now(UTC)
    everything = plans()
    for month in range(MONTHS):
        start = _working_day(today - timedelta(days=366 - month * MONTH_DAYS))
        progress(f"{start:%B %Y}")
        batch = [plan for plan in everything if plan.month == month]
        if month < MONTHS - 1:
            _one_month(api, shift, start, batch)
    _last_days(api, shift, [plan for plan in everything if plan.month == MONTHS - 1], today)
    shift.back()
    return len(everything)


def _one_month(api: Api, shift: Shift, start: datetime, batch: list[Plan]) -> None:
    shift.to(start)
    sent = [_create(api, plan, start) for plan in batch]
    live = [item for item in sent if item.plan.outcome != "draft"]
    _submit_all(api, live)
    shift.to(start + timedelta(hours=26))
    for item in live:
        _first_move(api, item)
    asked = [item for item in live if item.plan.asked and item.plan.outcome in ("approve", "reject")]
    shift.to(start + timedelta(days=3))
    for item in asked:
        _act(api, item, "seller", api.registrations.SubmitRegistration, pb.SubmitRegistrationRequest(id=item.id))
    _wait_for_review(api, asked)
    shift.to(start + timedelta(days=3, hours=5))
    for item in asked:
        _decide(api, item)


def _last_days(api: Api, shift: Shift, batch: list[Plan], today: datetime) -> None:
    """The newest ones, hours apart, so that some are late, some due today and some later."""
    for address in EMAILS.values():  # the year is over; what is unread from here on is news
        api.call(address, api.notifications.MarkRead, notifications_pb2.MarkReadRequest())
    sent: list[Made] = []
    for place, plan in enumerate(batch):
        moment = _hours_ago(today, 53 * (1 - place / len(batch)) + 1)
        shift.to(moment)
        item = _create(api, plan, moment)
        if plan.outcome != "draft":
            _submit_all(api, [item])
            sent.append(item)
    shift.to(today - timedelta(minutes=10))
    for item in sent:
        if item.plan.outcome != "in_review":
            _first_move(api, item)


def _create(api: Api, plan: Plan, when: datetime) -> Made:
    close = when + timedelta(days=100)
    wanted = pb.Registration(
        customer=pb.Customer(name=plan.name, domain=plan.domain, country=plan.country, town=plan.town),
        product_families=plan.families,
        value=Money(plan.partner.currency, plan.amount * 100).to_proto(),
        expected_close=date_pb2.Date(year=close.year, month=close.month, day=close.day),
        evidence_note=plan.note,
        margin_percent=plan.margin,
    )
    request = pb.CreateRegistrationRequest(registration=wanted)
    return Made(api.call(EMAILS[plan.seller], api.registrations.CreateRegistration, request).id, plan, when)


def _submit_all(api: Api, items: list[Made]) -> None:
    for item in items:
        _act(api, item, "seller", api.registrations.SubmitRegistration, pb.SubmitRegistrationRequest(id=item.id))
    _wait_for_review(api, items)


def _first_move(api: Api, item: Made) -> None:
    """What the channel manager or the partner does first."""
    if item.plan.outcome == "withdraw":
        request = pb.WithdrawRegistrationRequest(id=item.id, text="The customer postponed the project.")
        _act(api, item, "seller", api.registrations.WithdrawRegistration, request)
    elif item.plan.asked or item.plan.outcome in ("no_answer", "send_back"):
        back = pb.SendBackRegistrationRequest(id=item.id, text=QUESTION, fields=["customer.tax_id"])
        _act(api, item, "manager", api.registrations.SendBackRegistration, back)
    else:
        _decide(api, item)


def _decide(api: Api, item: Made) -> None:
    reject = item.plan.outcome == "reject" or _get(api, item).conflict == pb.CONFLICT_CLASS_HARD
    if reject:
        request = pb.RejectRegistrationRequest(
            id=item.id, rule="other_registration", text="Another partner registered this customer first for the same products."
        )
        _act(api, item, "manager", api.registrations.RejectRegistration, request)
    else:
        _act(api, item, "manager", api.registrations.ApproveRegistration, pb.ApproveRegistrationRequest(id=item.id))


def _act(api: Api, item: Made, side: str, method: Callable[..., pb.Registration], request: object) -> None:
    who = item.plan.seller if side == "seller" else item.plan.partner.manager
    api.call(EMAILS[who], method, request)  # type: ignore[arg-type]  # each method takes its own request


def _get(api: Api, item: Made) -> pb.Registration:
    return api.call(EMAILS[item.plan.partner.manager], api.registrations.GetRegistration, pb.GetRegistrationRequest(id=item.id))


def _wait_for_review(api: Api, items: list[Made]) -> None:
    for item in items:
        eventually(partial(_in_review, api, item), f"the check of {item.id}")


def _in_review(api: Api, item: Made) -> bool:
    return _get(api, item).status == pb.Registration.IN_REVIEW


def _hours_ago(today: datetime, hours: float) -> datetime:
    """So many hours of working days before."""
    moment, left = today, hours
    while left > 0:
        step = min(left, 1.0)
        moment -= timedelta(hours=step)
        left -= step if moment.weekday() <= 4 else 0
    return moment


def _working_day(moment: datetime) -> datetime:
    """The same hour on this day, or on the next Monday."""
    return moment + timedelta(days=max(0, 7 - moment.weekday())) if moment.weekday() > 4 else moment


def settle(seconds: float = 2.0) -> None:
    """Give the runners a moment for what fell due while the clock moved."""
    time.sleep(seconds)
