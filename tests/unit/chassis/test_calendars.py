"""Business calendars: laws that must hold anywhere, and dates that were counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chassis.calendars import BusinessCalendar, calendar, known_zone, public_holidays

PLACES = (
    ("Europe/Berlin", "DE"), ("Europe/London", "GB"), ("Europe/Madrid", "ES"), ("America/Sao_Paulo", "BR"),
    ("America/New_York", "US"), ("Asia/Shanghai", "CN"), ("Europe/Oslo", "NO"), ("Europe/Warsaw", "PL"),
    ("Asia/Kathmandu", "NP"), ("Pacific/Apia", "WS"), ("Africa/Cairo", "EG"), ("Asia/Beirut", "LB"), ("UTC", ""),
)  # fmt: skip
calendars = st.sampled_from(PLACES).map(lambda place: calendar(*place))
instants = st.integers(0, 25 * 365 * 86_400).map(lambda seconds: datetime(2008, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
law = settings(deadline=None, max_examples=80)  # the first look at a country reads its holidays
spans = st.integers(0, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


@law
@given(calendars, instants, spans)
def test_between_gives_back_what_add_took(place: BusinessCalendar, start: datetime, span: timedelta) -> None:
    assert place.between(start, place.add(start, span)) == span


@law
@given(calendars, instants, spans, spans)
def test_two_steps_are_one(place: BusinessCalendar, start: datetime, first: timedelta, second: timedelta) -> None:
    assert place.add(place.add(start, first), second) == place.add(start, first + second)


@law
@given(calendars, instants, spans, spans)
def test_longer_is_never_earlier(place: BusinessCalendar, start: datetime, one: timedelta, other: timedelta) -> None:
    short, long = sorted((one, other))
    assert place.add(start, short) <= place.add(start, long)


@law
@given(calendars, instants, instants, spans)
def test_a_later_start_never_ends_earlier(place: BusinessCalendar, one: datetime, other: datetime, span: timedelta) -> None:
    early, late = sorted((one, other))
    assert place.add(early, span) <= place.add(late, span)


@law
@given(calendars, instants, spans, spans)
def test_time_between_adds_up(place: BusinessCalendar, first: datetime, one: timedelta, other: timedelta) -> None:
    middle, last = first + one, first + one + other
    assert place.between(first, middle) + place.between(middle, last) == place.between(first, last)


@law
@given(calendars, instants, spans)
def test_business_time_is_part_of_elapsed_time(place: BusinessCalendar, first: datetime, span: timedelta) -> None:
    last = first + span
    assert timedelta(0) <= place.between(first, last) <= span
    assert place.between(last, first) == timedelta(0)


@law
@given(calendars, instants, spans, st.integers(0, 96))
def test_pausing_moves_the_end_by_nothing_but_the_pause(place: BusinessCalendar, start: datetime, total: timedelta, hours: int) -> None:
    """A clock of `total` that is paused after some of it and resumed at once ends when it would have ended."""
    pause = start + timedelta(hours=hours)
    used = min(place.between(start, pause), total)
    resumed_at = min(pause, place.add(start, total))
    assert place.add(resumed_at, total - used) == place.add(start, total)


@law
@given(calendars, instants, st.integers(1, 60))
def test_the_end_lies_in_working_time(place: BusinessCalendar, start: datetime, hours: int) -> None:
    just_before = place.add_hours(start, hours) - timedelta(seconds=1)
    assert place.is_working(just_before.astimezone(place.zone).date())


@law
@given(calendars, instants, st.integers(0, 120))
def test_a_day_ends_one_second_before_the_next(place: BusinessCalendar, at: datetime, days: int) -> None:
    wanted = at.astimezone(place.zone).date() + timedelta(days=days)
    end = place.end_of_day(at, days)
    assume(not (place.zone.key == "Pacific/Apia" and wanted == date(2011, 12, 30)))  # a date that island never had
    assert end.astimezone(place.zone).date() == wanted
    assert (end + timedelta(seconds=1)).astimezone(place.zone).date() > wanted


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[misc, arg-type]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("zone", "country", "start", "hours", "end"),
    [
        # Wednesday 11:00 + 48 h is Friday 11:00
        ("Europe/Berlin", "DE", (2026, 11, 18, 11, 0), 48, (2026, 11, 20, 11, 0)),
        # Thursday 16:00 + 48 h jumps over the weekend
        ("Europe/Berlin", "DE", (2026, 11, 19, 16, 0), 48, (2026, 11, 23, 16, 0)),
        # what is sent on a Sunday starts on Monday 00:00 and ends when Tuesday does
        ("Europe/Berlin", "DE", (2026, 11, 22, 15, 0), 48, (2026, 11, 25, 0, 0)),
        # Easter: Good Friday and Easter Monday are holidays in Germany …
        ("Europe/Berlin", "DE", (2026, 4, 2, 12, 0), 48, (2026, 4, 8, 12, 0)),
        # … and not in the United States
        ("America/New_York", "US", (2026, 4, 2, 12, 0), 48, (2026, 4, 6, 12, 0)),
        # golden week: 1 to 7 October 2026, with the weekend behind it
        ("Asia/Shanghai", "CN", (2026, 9, 30, 18, 0), 24, (2026, 10, 8, 18, 0)),
    ],
)
def test_counted_by_hand(zone: str, country: str, start: tuple[int, ...], hours: int, end: tuple[int, ...]) -> None:
    assert calendar(zone, country).add_hours(local(zone, *start), hours) == local(zone, *end)


def test_five_business_days_keep_the_time_of_day() -> None:
    berlin = calendar("Europe/Berlin", "DE")
    assert berlin.add_days(local("Europe/Berlin", 2026, 11, 17, 14, 30), 5) == local("Europe/Berlin", 2026, 11, 24, 14, 30)


def test_a_working_day_with_a_clock_change_has_its_real_length() -> None:
    """Egypt's clocks went forward on Friday, 26 April 2024, at midnight: that day had 23 hours."""
    cairo = calendar("Africa/Cairo", "")
    day = local("Africa/Cairo", 2024, 4, 26, 0, 0)
    assert cairo.between(day, local("Africa/Cairo", 2024, 4, 27, 0, 0)) == timedelta(hours=23)


def test_protection_ends_with_its_day_over_a_clock_change() -> None:
    """90 days from 1 September 2026, 10:00 in Berlin reach 30 November, in winter time."""
    berlin = calendar("Europe/Berlin", "DE")
    assert berlin.end_of_day(local("Europe/Berlin", 2026, 9, 1, 10, 0), 90) == datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)


def test_unknown_places_still_have_a_clock() -> None:
    nowhere = calendar("Mars/Olympus", "XX")
    assert nowhere.zone.key == "UTC" and public_holidays("XX", 2026) == frozenset()
    assert nowhere.add_hours(datetime(2026, 12, 25, tzinfo=UTC), 24) == datetime(2026, 12, 26, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "../etc/passwd", "Europe/Nowhere", "a\0b", "Europe"])
def test_what_is_no_zone(name: str) -> None:
    assert known_zone(name) is None


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), timedelta(days=2001)])
def test_a_term_has_limits(duration: timedelta) -> None:
    with pytest.raises(ValueError, match="is no term"):
        calendar("UTC", "").add(datetime(2026, 1, 1, tzinfo=UTC), duration)


def test_holidays_of_a_year_stay_in_it() -> None:
    assert date(2026, 12, 25) in public_holidays("DE", 2026)
    assert all(day.year == 2026 for day in public_holidays("US", 2026))
