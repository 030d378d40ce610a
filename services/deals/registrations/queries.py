"""The read side of registrations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from chassis.errors import InvalidArgument
from chassis.store.reading import Action, Filter, Listing, Page, Question, Reading
from services.deals.matching.compare import Class
from services.deals.registrations.model import Registration
from services.deals.registrations.states import DECIDED, UNDECIDED, DecisionFinal, ReadOnly, Status, WrongState
from services.deals.registrations.table import REGISTRATIONS, SEARCHED, registrations

SEARCH_WORDS = 8
LIKE_MARKS = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def _status(text: str) -> str:
    return Status[text.upper()].value


def _conflict(text: str) -> int:
    return Class[text.upper().removeprefix("CONFLICT_CLASS_")].value


LISTING = Listing(
    orders={
        "create_time desc": ("created_at", True),
        "clock_due_time": ("clock_due_at", False),
        "protected_until": ("protected_until", False),
    },
    filters={
        "status": Filter("status", ("=", "!="), _status),
        "organization_id": Filter("org_id"),
        "owner_id": Filter("owner_id"),
        "decider_id": Filter("decider_id"),
        "conflict": Filter("conflict", ("=", ">="), _conflict),
        "country": Filter("customer_country"),
    },
)
ALLOWED_IN = {
    "update": ((Status.DRAFT, Status.ACTION_REQUIRED), ReadOnly.reason),
    "submit": ((Status.DRAFT, Status.ACTION_REQUIRED), WrongState.reason),
    "discard": ((Status.DRAFT,), WrongState.reason),
    "withdraw": (UNDECIDED, WrongState.reason),
    "approve": ((Status.IN_REVIEW,), WrongState.reason),
    "send_back": ((Status.IN_REVIEW,), WrongState.reason),
    "reject": ((Status.IN_REVIEW,), WrongState.reason),
    "retract": (DECIDED, DecisionFinal.reason),
}
POLICY_STATE = "WRONG_STATE"


def list_registrations(reading: Reading, question: Question) -> Page[Registration]:
    """A page; of those found by a search where there is one."""
    return reading.page(REGISTRATIONS, LISTING, question, also=[*_found_by(question.search), *_ordered_ones(question)])


def _ordered_ones(question: Question) -> Sequence[sa.ColumnElement[bool]]:
    """By the end of a clock only those are listed that have one; that keeps each order in its own index."""
    columns = {"clock_due_time": registrations.c.clock_due_at, "protected_until": registrations.c.protected_until}
    column = columns.get(" ".join(question.order_by.split()))
    return [] if column is None else [column.is_not(None)]


def _found_by(search: str) -> list[sa.ColumnElement[bool]]:
    """Each word stands in name, domain or number, or nearly does; case, accents and umlauts do not matter. Numbers are exact."""
    words = search.split()
    if len(words) > SEARCH_WORDS:
        raise InvalidArgument.field("search", f"takes {SEARCH_WORDS} words at most")
    return [_stands(word) if any(map(str.isdigit, word)) else sa.or_(_stands(word), _nearly(word)) for word in words]


def _nearly(word: str) -> sa.ColumnElement[bool]:
    return sa.func.prm_fold(_in_place(word)).op("<%", is_comparison=True)(SEARCHED)


def _stands(word: str) -> sa.ColumnElement[bool]:
    pattern = sa.func.prm_fold(_in_place(f"%{word.translate(LIKE_MARKS)}%"), type_=sa.Text)  # folding leaves the marks alone
    return SEARCHED.like(pattern, escape="\\")


def _in_place(word: str) -> sa.BindParameter[str]:
    """In the statement, so that the plan is made for this word: how rare it is decides which index serves."""
    return sa.bindparam(None, word, sa.Text, literal_execute=True)


def count_registrations(reading: Reading, filter: str) -> tuple[int, bool]:
    """(how many, whether there are more); counting stops at 100."""
    return reading.count(REGISTRATIONS, LISTING, filter)


def get_registration(reading: Reading, id: str) -> tuple[Registration, list[Action]]:
    """One, and what the caller may do with it now."""
    registration = reading.get(REGISTRATIONS, id)
    return registration, [_action(reading, registration, action) for action in ALLOWED_IN]


def _action(reading: Reading, registration: Registration, action: str) -> Action:
    """The policy's answer first; where it only misses the state, or says yes, the state's own reason counts."""
    said = reading.may(REGISTRATIONS, registration, action)
    states, reason = ALLOWED_IN[action]
    if not said.allowed and said.reason != POLICY_STATE:
        return said
    if registration.status not in states or (action == "retract" and not _undoable(registration, reading.now)):
        return Action(action, allowed=False, reason=reason)
    return said


def _undoable(registration: Registration, now: datetime) -> bool:
    return registration.undo_until is not None and now <= registration.undo_until
