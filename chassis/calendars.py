"""Business calendars: working days are Monday to Friday less a country's public holidays, in a time zone.

Any hour of a working day counts, so a working day has 24 business hours (23 or 25 when the zone changes its clocks on it).
Durations between instants are elapsed time, never wall-clock differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

ONE_DAY = timedelta(days=1)
SATURDAY = 5
LONGEST = timedelta(days=2000)  # of business time; what is longer is a mistake, not a term


@dataclass(frozen=True)
class BusinessCalendar:
    """When one side works. `country` is ISO 3166-1 alpha-2; a country without known holidays works Monday to Friday."""

    zone: ZoneInfo
    country: str = ""

    def is_working(self, day: date) -> bool:
        """Whether this date is a working day here."""
        return day.weekday() < SATURDAY and day not in public_holidays(self.country, day.year)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant at which `duration` of business time has passed since `start`; UTC.

        Raises ValueError for a negative duration or one of more than 2,000 days.
        """
        if not timedelta(0) <= duration <= LONGEST:
            raise ValueError(f"{duration} is no term")
        left = duration
        for begin, end in self._stretches(start):
            if begin + left <= end:
                return begin + left
            left -= end - begin
        raise AssertionError("stretches never end")

    def add_hours(self, start: datetime, hours: float) -> datetime:
        """`hours` business hours after `start`."""
        return self.add(start, timedelta(hours=hours))

    def add_days(self, start: datetime, days: int) -> datetime:
        """`days` business days after `start`: each is 24 business hours, so the time of day stays."""
        return self.add(start, timedelta(days=days))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Business time from `start` to `end`; nothing when `end` is not later."""
        passed = timedelta(0)
        for begin, finish in self._stretches(start):
            if begin >= end:
                return passed
            passed += min(finish, end) - begin
        raise AssertionError("stretches never end")

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole business minutes from `start` to `end`."""
        return int(self.between(start, end).total_seconds() // 60)

    def end_of_day(self, at: datetime, days: int = 0) -> datetime:
        """The last second, 23:59:59, of the calendar day `days` after the one that `at` falls on here; UTC."""
        return self._midnight(at.astimezone(self.zone).date() + timedelta(days=days + 1)) - timedelta(seconds=1)

    def _stretches(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working time from `start` on, a day at a time, in UTC; neighbouring days touch."""
        begin = start.astimezone(UTC)
        day = start.astimezone(self.zone).date()
        while True:
            end = self._midnight(day + ONE_DAY)
            if self.is_working(day) and begin < end:
                yield begin, end
            begin, day = max(begin, end), day + ONE_DAY

    def _midnight(self, day: date) -> datetime:
        """The instant at which the day begins. Where clocks jump over midnight it is the jump itself."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def calendar(zone: str, country: str) -> BusinessCalendar:
    """The calendar of a place; UTC where the zone is empty or unknown, since a clock must run all the same."""
    return BusinessCalendar(known_zone(zone) or ZoneInfo("UTC"), country)


def known_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of this name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=2000)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """National public holidays with their substitute days; empty for a country that the library does not know.

    Frozen per year because the library's own mapping fills itself while it is asked, which threads must not share.
    """
    try:
        return frozenset(day for day in holidays.country_holidays(country, years=year) if day.year == year)
    except NotImplementedError:
        return frozenset()
