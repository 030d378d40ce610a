"""Notifications and how one wants to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prm.notify.v1.notifications_pb2 import Notification, Preferences

from gateway.portal import formats
from gateway.portal.forms import new_request_id
from gateway.portal.models import Away, Tab
from gateway.portal.present import labels
from gateway.portal.words import _
from gateway.views.names import Names


@dataclass(frozen=True, slots=True)
class Told:
    """One message."""

    id: str
    icon: str
    text: str
    path: str
    who: str
    time: datetime | None
    unread: bool


@dataclass(frozen=True, slots=True)
class ToldPage:
    """The list of messages."""

    items: Sequence[Told]
    tabs: Sequence[Tab]
    next: str = ""
    any_unread: bool = False
    away: Away | None = None
    etag: str = ""
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind of message and its two ways."""

    kind: str
    name: str
    portal: bool
    email: bool


@dataclass(frozen=True, slots=True)
class PreferencesPage:
    """The form of preferences."""

    choices: Sequence[Choice]
    etag: str
    notice: str = ""
    request_id: str = field(default_factory=new_request_id)


def told(one: Notification, names: Names) -> Told:
    """A message with who caused it and where it leads."""
    path = one.link if one.link.startswith("/") and not one.link.startswith("//") else ""
    read = formats.moment(one.read_time)
    return Told(
        id=one.id,
        icon=labels.notification_icon(one.kind),
        text=one.text or labels.notification(one.kind),
        path=path,
        who="" if one.actor_id.startswith("system:") else names.person(one.actor_id),
        time=formats.moment(one.create_time),
        unread=read is None,
    )


def tabs(unread: bool, count: int) -> list[Tab]:
    """All, or only what was not read."""
    return [
        Tab(_("All"), "/notifications", "", not unread),
        Tab(_("Unread"), "/notifications?view=unread", formats.capped(count) if count else "", unread),
        Tab(_("How you are told"), "/notifications/preferences"),
    ]


def choices(found: Preferences) -> list[Choice]:
    """All kinds that concern the person."""
    return [Choice(one.kind, labels.notification(one.kind), one.portal, one.email) for one in found.choices]
