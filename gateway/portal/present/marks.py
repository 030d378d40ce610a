"""How a state looks: a picture of its own shape, a word, and a tone that repeats what the word says."""

from __future__ import annotations

from dataclasses import dataclass

from prm.deals.v1.registrations_pb2 import ConflictClass, Registration

from gateway.portal import formats
from gateway.portal.words import _

Status = Registration.Status


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as it is drawn. `tone` is plain, ok, soon or bad."""

    icon: str
    name: str
    tone: str = "plain"


def registration(status: Status.ValueType, *, at_vendor: bool = False) -> Mark:
    """The status of a deal, in the words of the side that reads it."""
    marks = {
        Status.DRAFT: Mark("draft", _("Draft")),
        Status.SUBMITTED: Mark("answer", _("Submitted")),
        Status.IN_REVIEW: Mark("review", _("In review")),
        Status.ACTION_REQUIRED: Mark("returned", _("Sent back") if at_vendor else _("Needs your answer"), "soon"),
        Status.APPROVED: Mark("shield", _("Protected"), "ok"),
        Status.REJECTED: Mark("rejected", _("Rejected"), "bad"),
        Status.WITHDRAWN: Mark("undo", _("Withdrawn")),
        Status.EXPIRED: Mark("ended", _("Expired")),
    }
    return marks.get(status, Mark("ask", _("Unknown")))


def conflict(kind: ConflictClass.ValueType, score: int) -> Mark | None:
    """Words only where there is a conflict; a grey tick where the check found nothing; nothing before it ran."""
    if kind == ConflictClass.CONFLICT_CLASS_HARD:
        return Mark("", _("Hard match"), "bad")
    if kind in (
        ConflictClass.CONFLICT_CLASS_PROBABLE,
        ConflictClass.CONFLICT_CLASS_POSSIBLE,
    ):
        tone = "soon" if kind == ConflictClass.CONFLICT_CLASS_PROBABLE else "plain"
        return Mark("", _("%(share)s alike", share=formats.percent(score)), tone)
    if kind == ConflictClass.CONFLICT_CLASS_NONE:
        return Mark("check", _("No conflict"))
    return None
