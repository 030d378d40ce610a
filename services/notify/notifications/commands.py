"""What can be done with notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.policy.directory import home_of
from chassis.store.transaction import Transaction
from services.notify.deliveries.commands import Mail, cancel_of, schedule_delivery
from services.notify.kinds import KINDS
from services.notify.notifications.model import Notification
from services.notify.notifications.table import NEWEST_ABOUT, NOTIFICATIONS, OWN_UNREAD
from services.notify.preferences.queries import preference_of
from services.notify.settings import settings

SHOW = "notification.show"
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Tell:
    """Tell these people, not before `not_before`; whoever acted knows already and is left out."""

    kind: str
    subject: str
    event_id: str
    people: Collection[str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    actor_id: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True)
class MarkRead:
    """Some of one's own; all unread ones when empty."""

    ids: tuple[str, ...]


def tell(tx: Transaction, cmd: Tell) -> list[Notification]:
    """One notification for each person who wants to be told of this kind."""
    visible = tx.now if cmd.not_before is None else max(tx.now, cmd.not_before + timedelta(seconds=settings().grace_seconds))
    told = [_create(tx, cmd, person, visible) for person in sorted(set(cmd.people) - {"", cmd.actor_id})]
    return [notification for notification in told if notification is not None]


def _create(tx: Transaction, cmd: Tell, person_id: str, visible_at: datetime) -> Notification | None:
    chosen = preference_of(tx.connection, person_id)
    channels = KINDS[cmd.kind].default if chosen is None else chosen.channels(cmd.kind)
    if not channels.portal and not channels.email:
        return None
    home = home_of(tx.connection, person_id)
    notification = Notification(
        **tx.stamp(NOTIFICATIONS),
        org_id=home.org_id,
        org_path=home.org_path,
        owner_id=person_id,
        kind=cmd.kind,
        subject=cmd.subject,
        parameters=dict(cmd.parameters),
        actor_id=cmd.actor_id,
        event_id=cmd.event_id,
        visible_at=visible_at,
        portal=channels.portal,
        email=channels.email,
    )
    tx.add(NOTIFICATIONS, notification)
    notification.create()
    _show_when_due(tx, notification)
    return notification


def _show_when_due(tx: Transaction, notification: Notification) -> None:
    if notification.visible_at <= tx.now:
        show(tx, notification)
    else:
        tx.schedule(SHOW, notification.id, notification.visible_at)


def show(tx: Transaction, notification: Notification) -> None:
    """Let it be seen, and send the e-mail if one is wanted."""
    if notification.show() and notification.email:
        schedule_delivery(
            tx,
            Mail(
                kind=notification.kind,
                subject=notification.subject,
                event_id=notification.event_id,
                person_id=notification.owner_id,
                org_id=notification.org_id,
                org_path=notification.org_path,
                notification_id=notification.id,
            ),
        )


def withdraw(tx: Transaction, subject: str, kind: str) -> list[str]:
    """Take back what the newest event of this kind about an object told; -> people whose e-mail had left already."""
    ids = list(tx.connection.scalars(NEWEST_ABOUT, {"about": subject, "of_kind": kind}))
    too_late = []
    for key in ids:
        tx.cancel(SHOW, key)  # before the row is locked: the job that shows it locks in this order
        mailed = cancel_of(tx, key)
        notification = tx.load(NOTIFICATIONS, key)
        notification.withdraw()
        if mailed:
            too_late.append(notification.owner_id)
    return too_late


def mark_read(tx: Transaction, cmd: MarkRead) -> int:
    """-> how many were unread."""
    ids = cmd.ids or tx.connection.scalars(OWN_UNREAD, {"person": tx.subject.id, "most": MOST_AT_ONCE}).all()
    marked = 0
    for key in sorted(set(ids)):
        notification = tx.load(NOTIFICATIONS, key)
        tx.authorize("mark_read", notification)
        marked += notification.read(tx.now)
    return marked
