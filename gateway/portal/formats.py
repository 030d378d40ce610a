"""Money, dates and counts for the reader at hand. Templates and view models call these; nothing is formatted elsewhere."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from gateway.portal.words import _, ngettext, reader

NANOS = Decimal(1_000_000_000)
WHOLE_FROM = 1000  # portal.md: no cents from here on, except in ledgers


def moment(stamp: Timestamp | datetime | None) -> datetime | None:
    """The time in the reader's zone; None where the message does not say."""
    if stamp is None:
        return None
    if isinstance(stamp, Timestamp):
        if stamp.seconds == 0 and stamp.nanos == 0:
            return None
        stamp = datetime.fromtimestamp(stamp.seconds, tz=reader().zone)
    return stamp.astimezone(reader().zone)


def last_moment(stamp: Timestamp | datetime | None) -> datetime | None:
    """The end of a programme's day, such as a protection's last. It stays in the programme's zone, and so does its day."""
    end, zone = moment(stamp), reader().programme
    return end.astimezone(zone) if end and zone else end


def day_of(value: Date | date | None) -> date | None:
    """A calendar day; None where the message does not say or means no day."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date(value.year, value.month, value.day)
    except ValueError:
        return None


def amount(money: Money) -> Decimal:
    """The amount as a decimal, nanos included."""
    return Decimal(money.units) + Decimal(money.nanos) / NANOS


def money(value: Money | None, *, ledger: bool = False) -> str:
    """`€214,000`; cents only below 1,000 or in a ledger. Empty without a currency."""
    if value is None or not value.currency_code:
        return ""
    total = amount(value)
    plain = (abs(total) >= WHOLE_FROM or not total) and not ledger
    locale = reader().locale
    pattern = locale.currency_formats["standard"].pattern
    if get_currency_symbol(value.currency_code, locale)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\u00a0#")  # `NOK 1,480,000`: letters do not touch digits
    if plain:
        pattern = pattern.replace(".00", "")
    return str(
        format_currency(
            total,
            value.currency_code,
            pattern,
            locale=locale,
            currency_digits=not plain,
        )
    )


def number(value: float | Decimal) -> str:
    """A count with the locale's grouping."""
    return str(format_decimal(value, locale=reader().locale))


def percent(value: float) -> str:
    """93 → `93%`, as the locale writes it."""
    return str(format_percent(Decimal(str(value)) / 100, locale=reader().locale))


def capped(count: int, more: bool = False) -> str:
    """Counting stops at 100: `99+` from there on."""
    return "99+" if more or count >= WHOLE_FROM // 10 else number(count)


def listing(words: list[str]) -> str:
    """`Halo C12, Vigil`, as the locale strings things together without `and`."""
    return ("、" if reader().language == "zh" else ", ").join(words)


def _zone(value: datetime) -> ZoneInfo:
    """The reader's; the programme's for what is a day of the programme (`last_moment`)."""
    programme = reader().programme
    return programme if programme is not None and value.tzinfo is programme else reader().zone


def _named(text: str, value: datetime) -> str:
    """`Tue 1 Dec, 23:59 (Berlin)`: a time in the programme's zone names it to those who live in another."""
    zone = _zone(value)
    if zone.key == reader().zone.key:
        return text
    return f"{text} ({get_timezone_location(zone, locale=reader().locale, return_city=True)})"


def _here(value: date | datetime) -> date | datetime:
    return value.astimezone(_zone(value)) if isinstance(value, datetime) else value


def _skeleton(pattern: str, value: date | datetime) -> str:
    locale: Locale = reader().locale
    return str(format_skeleton(pattern, _here(value), locale=locale))


def clock_time(value: datetime, seconds: bool = False) -> str:
    """`17:00`, or `10:42:07`."""
    return str(
        format_time(
            value.astimezone(_zone(value)),
            "HH:mm:ss" if seconds else "HH:mm",
            locale=reader().locale,
        )
    )


def day(value: date | datetime | None, *, week: bool = False, year: bool | None = None) -> str:
    """`1 Dec`, `Tue 1 Dec` or `1 Dec 2026`; the year is shown when it is not this one, or as asked."""
    if value is None:
        return ""
    here = reader().now.astimezone(reader().zone).date()
    shown = year if year is not None else (_here(value).year != here.year)
    pattern = ("E" if week else "") + ("yMMMd" if shown else "MMMd")
    return _skeleton(pattern, value)


def long_day(value: datetime) -> str:
    """`Tuesday, 17 November 2026`, for the top of a page."""
    return str(format_date(_here(value), "full", locale=reader().locale))


def days_from_now(value: datetime) -> int:
    """Calendar days in the reader's zone, or in the programme's: 0 is today, -1 yesterday."""
    zone = _zone(value)
    return (value.astimezone(zone).date() - reader().now.astimezone(zone).date()).days


def stamp(value: datetime | None) -> str:
    """`2 Sept, 11:30`: when something happened."""
    if value is None:
        return ""
    return _("%(day)s, %(time)s", day=day(value), time=clock_time(value))


def when(value: datetime) -> str:
    """When something is due, absolute and short: `Today, 17:00`, `Wed 15:20`, `Tue 24 Nov`."""
    ahead, time = days_from_now(value), clock_time(value)
    if ahead == 0:
        return _named(_("Today, %(time)s", time=time), value)
    if ahead == 1:
        return _named(_("Tomorrow, %(time)s", time=time), value)
    if 1 < ahead < 7:
        return _named(_("%(weekday)s %(time)s", weekday=_skeleton("E", value), time=time), value)
    return day(value, week=ahead > 0)


def brief(value: datetime) -> str:
    """For a narrow column under a heading that says today or later: `12:05`, `Wed 15:20`, `Tue 24 Nov`."""
    ahead = days_from_now(value)
    if ahead == 0:
        return clock_time(value)
    if 0 < ahead < 7:
        return _("%(weekday)s %(time)s", weekday=_skeleton("E", value), time=clock_time(value))
    return day(value, week=True)


def until(value: datetime) -> str:
    """The same with the time always said: `Tue 1 Dec, 23:59`."""
    ahead, time = days_from_now(value), clock_time(value)
    if ahead == 0:
        return _named(_("today, %(time)s", time=time), value)
    if ahead == 1:
        return _named(_("tomorrow, %(time)s", time=time), value)
    return _named(_("%(day)s, %(time)s", day=day(value, week=True), time=time), value)


def ago(value: datetime) -> str:
    """When something was: `today 09:58`, else the day."""
    behind = -days_from_now(value)
    if behind == 0:
        return _("today %(time)s", time=clock_time(value))
    return day(value)


def span(minutes: int) -> str:
    """A remainder, rounded down and small: `5 days`, `22 h`, `1 h 23 min`, `12 min`."""
    if minutes >= 2 * 24 * 60:
        return ngettext("%(count)s day", "%(count)s days", minutes // (24 * 60))
    hours, rest = divmod(max(minutes, 0), 60)
    if hours >= 4 or (hours and not rest):
        return _("%(hours)s h", hours=hours)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    return _("%(minutes)s min", minutes=rest)


def rough_span(minutes: int) -> str:
    """The same in one unit, for what is over anyway: `2 h`, `12 min`."""
    return span(minutes - minutes % 60) if minutes >= 60 else span(minutes)


def initials(name: str) -> str:
    """Two letters for a face: first and last word; one character for Chinese names."""
    words = name.split()
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:1].upper()
    return (words[0][0] + words[-1][0]).upper()


def short_id(value: str) -> str:
    """`dec_01KA4W…3F`: enough of an id to recognise it."""
    kind, __, rest = value.partition("_")
    return f"{kind}_{rest[:6]}…{rest[-2:]}" if len(rest) > 10 else value
