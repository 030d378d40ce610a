"""Publish part of the log again, after a broker or a queue was lost. Consumers drop what they applied."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from chassis.errors import InvalidArgument

INBOX_DAYS = 400

_BACK = sa.text("UPDATE log_head SET published = :before WHERE published > :before")
_RECORDED = sa.text("SELECT recorded_at FROM event_log WHERE position = :position")


def republish(connection: sa.Connection, position: int, now: datetime) -> int:
    """Let the runner go on at this position; -> how many events will be sent again.

    Raises InvalidArgument for a position that does not exist, or whose event is older than what inboxes remember.
    """
    published = int(connection.scalar(sa.text("SELECT published FROM log_head FOR UPDATE")) or 0)
    recorded = connection.scalar(_RECORDED, {"position": position})
    if recorded is None:
        raise InvalidArgument.field("from", f"there is no position {position}; the log is published up to {published}")
    if now - recorded > timedelta(days=INBOX_DAYS):
        raise InvalidArgument.field("from", f"the event is older than {INBOX_DAYS} days: an inbox would apply it twice")
    connection.execute(_BACK, {"before": position - 1})
    return max(0, published - position + 1)
