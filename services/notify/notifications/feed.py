"""The live feed: notifications in the order in which they became visible.

The cursor is the event log's position of `notification.shown`. An id or a time would skip one that was made early and
shown late, and those that commit late; positions are given in commit order, without gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import sqlalchemy as sa
from prm.notify.v1 import events_pb2

from chassis.events.reading import Query, follow, head
from chassis.events.types import type_of
from services.notify.notifications.model import Notification, State
from services.notify.notifications.table import NOTIFICATIONS
from services.notify.projections import reader
from services.notify.texts import Reader

SHOWN = type_of(events_pb2.NotificationShown)
Opened = Callable[[], AbstractContextManager[sa.Connection]]


def newest(opened: Opened) -> int:
    """The position to follow from when only news are wanted."""
    with opened() as connection:
        return head(connection)


def follow_shown(opened: Opened, after: int, active: Callable[[], bool]) -> Iterator[tuple[int, Notification, Reader]]:
    """(position, notification, its reader) after a position, until `active` says no."""
    for event in follow(opened, Query(after, types=(SHOWN,), limit=50), active):
        with opened() as connection:
            found = _seen(connection, event.aggregate.partition("/")[2])
        if found is not None:
            yield (event.position, *found)


def _seen(connection: sa.Connection, id: str) -> tuple[Notification, Reader] | None:
    row = connection.execute(NOTIFICATIONS.select_one, {"id": id}).mappings().one_or_none()
    if row is None or not row["portal"] or row["state"] != State.SHOWN.value:
        return None
    return NOTIFICATIONS.from_row(row), reader(connection, row["owner_id"])
