"""Times and dates between Python and the contracts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2

from chassis.errors import InvalidArgument

YEARS = range(1900, 3000)  # what lies outside is a slip of the pen, and some of it cannot be computed with


def to_timestamp(at: datetime | None) -> Timestamp | None:
    """As google.protobuf.Timestamp; None stays unset."""
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message


def from_timestamp(message: Timestamp) -> datetime:
    """As an aware time in UTC."""
    return message.ToDatetime(UTC)


def moment(message: Timestamp, field: str) -> datetime:
    """Check and take over a moment; `field` is its path in the request, for the error."""
    try:
        at = message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        at = datetime.min.replace(tzinfo=UTC)
    if at.year not in YEARS:
        raise InvalidArgument.field(field, "Give a moment that exists, for example 2026-03-31T09:00:00Z")
    return at


def to_date(day: date) -> date_pb2.Date:
    """As google.type.Date."""
    return date_pb2.Date(year=day.year, month=day.month, day=day.day)


def from_date(message: date_pb2.Date, field: str) -> date:
    """Check and take over a whole date; `field` is its path in the request, for the error."""
    try:
        day = date(message.year, message.month, message.day)
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise InvalidArgument.field(field, "Give a day that exists, for example 2026-03-31")
    return day


def end_of_day(day: date, zone: str) -> datetime:
    """The first moment after this day in an IANA zone, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def day_in(at: datetime, zone: str) -> date:
    """The calendar day of a moment in an IANA zone."""
    return at.astimezone(ZoneInfo(zone)).date()
