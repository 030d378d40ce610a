"""Whose clock runs, until when, and how it is drawn: a ring whose filled wedge is your time and whose arc is theirs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from gateway.portal import formats
from gateway.portal.words import _, ngettext, reader

Face = Literal["yours", "theirs", "paused", "late"]

# portal.md: from how long before its end a clock says that the end is near.
SOON = {
    "decision": timedelta(hours=4),
    "answer": timedelta(hours=8),
    "claim": timedelta(days=5),
    "protection": timedelta(days=30),
}
CENTRE, RADIUS = 8, 5.2
ROUND = 0.997  # of a full turn: nearer to it, the arc's end is written as its start and nothing is drawn


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock, ready to draw. `share` is what is left of it, 0 to 1; `when` and `left` are words."""

    face: Face
    when: str
    left: str = ""
    tone: Literal["", "soon", "bad"] = ""
    share: float = 1.0
    due: datetime | None = None

    @property
    def wedge(self) -> str:
        """The path of the part that is left, clockwise from twelve."""
        angle = 2 * math.pi * min(max(self.share, 0.0), ROUND)
        x, y = CENTRE + RADIUS * math.sin(angle), CENTRE - RADIUS * math.cos(angle)
        return f"M8 8V{CENTRE - RADIUS:g}A{RADIUS} {RADIUS} 0 {int(angle > math.pi)} 1 {x:.2f} {y:.2f}Z"

    @property
    def arc(self) -> str:
        """The stroke pattern of an arc as long as what is left, on a circle of radius 6.5."""
        length = 2 * math.pi * 6.5
        return f"{length * min(max(self.share, 0.04), 1):.1f} {length:.1f}"

    @property
    def spoken(self) -> str:
        """Whose clock it is, for those who do not see the ring."""
        names = {
            "yours": _("Your clock"),
            "theirs": _("The other side’s clock"),
            "paused": _("Paused"),
            "late": _("Late"),
        }
        return names[self.face]


def running(due: datetime, kind: str, *, yours: bool, share: float = 1.0, left: str = "") -> Clock:
    """The clock that runs until `due`; past it, it is late and counts what it is late by."""
    ahead = due - reader().now
    minutes = int(ahead.total_seconds() // 60)
    if minutes < 0:
        return Clock("late", _("%(span)s late", span=formats.rough_span(-minutes)), "", "bad", 0.0, due)
    near = ahead <= SOON[kind]
    remainder = left or _("%(span)s left", span=formats.span(minutes))
    return Clock(
        "yours" if yours else "theirs",
        formats.when(due),
        remainder,
        "soon" if near and yours else "",
        share,
        due,
    )


def brief(clock: Clock) -> Clock:
    """The clock for a narrow column: the time alone, and what is left of it only today."""
    if clock.due is None or clock.face in ("late", "paused"):
        return clock
    today = formats.days_from_now(clock.due) == 0
    minutes = int((clock.due - reader().now).total_seconds() // 60)
    return replace(clock, when=formats.brief(clock.due), left=formats.span(minutes) if today else "")


def paused(since: datetime | None) -> Clock:
    """A clock that stands while the other side answers."""
    words = _("since %(day)s", day=formats.day(since, week=True)) if since else _("Paused")
    return Clock("paused", words)


def days_left(end: datetime) -> int:
    """Whole days until an end; never negative."""
    return max((end - reader().now).days, 0)


def protection(start: datetime | None, end: datetime) -> Clock:
    """The clock of a protection: days left of the days it had."""
    total = max((end - start).days, 1) if start else 90
    left = days_left(end)
    words = ngettext(
        "%(left)s of %(count)s day left",
        "%(left)s of %(count)s days left",
        total,
        left=left,
    )
    clock = running(end, "protection", yours=True, share=left / total, left=words)
    return clock
