"""States of a registration, whose clock runs, and why something is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chassis.errors import FailedPrecondition


class Status(Enum):
    """Where it stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACTION_REQUIRED = "action_required"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Side(Enum):
    """Whose clock runs."""

    NOBODY = ""
    PARTNER = "partner"
    VENDOR = "vendor"


UNDECIDED = (Status.SUBMITTED, Status.IN_REVIEW, Status.ACTION_REQUIRED)
LIVE = (*UNDECIDED, Status.APPROVED)
DECIDED = (Status.APPROVED, Status.REJECTED, Status.ACTION_REQUIRED)


class WrongState(FailedPrecondition):
    """Not in this state."""

    reason = "REGISTRATION_STATE"


class ReadOnly(FailedPrecondition):
    """Content can be changed in a draft, and as far as asked for while action is required."""

    reason = "REGISTRATION_READ_ONLY"


class DecisionFinal(FailedPrecondition):
    """The time to undo is over, the other side has acted, or somebody else decided."""

    reason = "DECISION_FINAL"


@dataclass(frozen=True)
class Decision:
    """Who decides, when, in which words, and until when it can be taken back."""

    by: str
    at: datetime
    text: str
    undo_until: datetime
