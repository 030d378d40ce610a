"""deals as data."""

from __future__ import annotations

from chassis.service import Service
from services.deals.programme.table import SETTINGS
from services.deals.registrations import clocks, jobs
from services.deals.registrations.table import REGISTRATIONS
from services.deals.reserved_accounts.table import RESERVED_ACCOUNTS
from services.deals.schema import metadata

SERVICE = Service(
    name="deals",
    metadata=metadata,
    jobs={
        clocks.CHECK: jobs.start_review,
        clocks.DECISION: jobs.decision_overdue,
        clocks.ANSWER: jobs.answer_overdue,
        clocks.REMINDER: jobs.expiry_reminder,
        clocks.EXPIRY: jobs.expire,
    },
    system_actions=frozenset({f"registration.{action}" for action in ("check", "run_late", "lapse", "remind", "expire", "assign")}),
    nouns=(REGISTRATIONS, SETTINGS, RESERVED_ACCOUNTS),
)
