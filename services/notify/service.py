"""notify as data."""

from __future__ import annotations

from chassis.service import Service
from services.notify.deliveries.commands import REPORT, SEND, report
from services.notify.deliveries.effects import send_mail
from services.notify.deliveries.table import DELIVERIES
from services.notify.notifications.commands import SHOW
from services.notify.notifications.jobs import show_when_due
from services.notify.notifications.table import NOTIFICATIONS
from services.notify.preferences.table import PREFERENCES, preferences

SERVICE = Service(
    name="notify",
    metadata=preferences.metadata,
    jobs={SHOW: show_when_due, REPORT: report},
    effects={SEND: send_mail},
    nouns=(NOTIFICATIONS, PREFERENCES, DELIVERIES),
)
