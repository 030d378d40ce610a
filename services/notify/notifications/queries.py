"""Reading notifications."""

from __future__ import annotations

from chassis.store.reading import Listing, Page, Question, Reading
from services.notify.notifications.model import Notification
from services.notify.notifications.table import NOTIFICATIONS, SEEN, UNREAD

LISTING = Listing(orders={"create_time desc": ("visible_at", True)})


def list_notifications(reading: Reading, question: Question, *, unread: bool) -> Page[Notification]:
    """One's own that can be seen, newest first."""
    return reading.page(NOTIFICATIONS, LISTING, question, also=UNREAD if unread else SEEN)


def count_unread(reading: Reading) -> int:
    """Counting stops at 100."""
    return reading.count(NOTIFICATIONS, LISTING, "", also=UNREAD)[0]
