"""The outside effect: an e-mail leaves. At least once; a repeat carries the same Message-ID."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from chassis.errors import FailedPrecondition, Unavailable
from chassis.service import Effect
from chassis.store.jobs import schedule
from services.notify import projections
from services.notify.deliveries.commands import REPORT
from services.notify.deliveries.mail import Letter, compose
from services.notify.deliveries.smtp import MailServerAway, send
from services.notify.deliveries.table import FIND
from services.notify.kinds import INVITED, link_to
from services.notify.notifications.table import NOTIFICATIONS
from services.notify.settings import settings

log = structlog.get_logger()


class RecipientUnknown(Unavailable):
    """Identity has not told of her yet."""

    reason = "RECIPIENT_UNKNOWN"


class RecipientInactive(FailedPrecondition):
    """She does not work here any more."""

    reason = "RECIPIENT_INACTIVE"


def send_mail(effect: Effect) -> None:
    """Raises what the runner tries again later; the last attempt's failure is reported instead, as the end of it."""
    error = ""
    try:
        send(effect.settings.smtp_url, compose(_letter(effect)), settings().smtp_seconds)
    except FailedPrecondition as refused:
        error = refused.reason
    except (MailServerAway, RecipientUnknown) as away:
        if effect.attempt < settings().mail_attempts:
            raise
        error = away.reason
    if error:
        log.warning("mail_failed", delivery=effect.key, error=error, attempt=effect.attempt)
    schedule(effect.connection, REPORT, effect.key, effect.now, {"error": error, "attempts": effect.attempt})


def _letter(effect: Effect) -> Letter:
    delivery = effect.connection.execute(FIND, {"delivery": effect.key}).mappings().one()
    recipient = projections.recipient(effect.connection, delivery["owner_id"])
    if recipient is None:
        raise RecipientUnknown("Nothing is known of this person yet")
    invited = delivery["kind"] == INVITED
    if not recipient.active and not invited:
        raise RecipientInactive("This person is not active")
    home = effect.settings.public_url.rstrip("/")
    return Letter(
        id=delivery["id"],
        kind=delivery["kind"],
        values=effect.payload if invited else _parameters(effect, delivery["notification_id"]),
        link=f"{home}/invitations/{effect.payload['token']}" if invited else home + link_to(delivery["subject"]),
        name=recipient.name,
        address=recipient.email,
        sender=effect.settings.mail_from,
        reader=recipient.reader,
        at=effect.now,
    )


def _parameters(effect: Effect, notification_id: str) -> Mapping[str, Any]:
    row = effect.connection.execute(NOTIFICATIONS.select_one, {"id": notification_id}).mappings().one()
    return dict(row["parameters"])
