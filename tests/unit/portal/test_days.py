"""A day of the programme is the same day for everybody: protection ends with it in the programme's zone, not in the reader's."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.portal import formats
from gateway.portal.clocks import Clock
from gateway.portal.words import Reader, reading
from tests.portal.browser import Browser

END = datetime(2027, 2, 22, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Berlin
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Sao_Paulo", "UTC", "Europe/Berlin"])
def test_the_last_day_is_the_programmes(zone: str) -> None:
    with reading(Reader("en", ZoneInfo(zone), NOW, ZoneInfo("Europe/Berlin"))):
        end = formats.last_moment(END)
        assert end is not None
        assert formats.day(end, year=True) == "22 Feb 2027"
        assert formats.until(end) == "Mon, 22 Feb 2027, 23:59" + ("" if zone == "Europe/Berlin" else " (Berlin)")


def test_what_happened_is_told_in_the_readers_zone() -> None:
    with reading(Reader("en", ZoneInfo("Asia/Shanghai"), NOW, ZoneInfo("Europe/Berlin"))):
        assert formats.stamp(formats.moment(END)) == "23 Feb 2027, 06:59"


def test_without_the_programmes_zone_the_readers_stands() -> None:
    with reading(Reader("en", ZoneInfo("UTC"), NOW)):
        assert formats.day(formats.last_moment(END), year=True) == "22 Feb 2027"


@pytest.mark.parametrize("path", ["/deals/reg_4417", "/deals", "/"])
def test_pages_show_it(path: str) -> None:
    days = {zone: Browser(who={"time_zone": zone}).get(path).text.count("1 Dec") for zone in ("Europe/Berlin", "Asia/Shanghai")}
    assert days["Europe/Berlin"] == days["Asia/Shanghai"] > 0


@pytest.mark.parametrize("share", [1.0, 0.9999, 0.998, 0.5])
def test_a_wedge_ends_elsewhere_than_it_begins(share: float) -> None:
    wedge = Clock("yours", "", share=share).wedge
    start, end = wedge.split("A")[0].split("V")[1], wedge.removesuffix("Z").split(" ")[-2:]
    assert [float(one) for one in end] != [8, float(start)], wedge
