"""Several calls at once: one that fails costs its own panel."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from gateway.deadlines import left, until
from gateway.errors import ApiError
from gateway.views import Refused, Unavailable, compose, need


async def gives(value: object, after: float = 0) -> object:
    await asyncio.sleep(after)
    return value


async def fails(error: Exception) -> object:
    raise error


def test_panels_are_asked_at_once_and_kept_apart() -> None:
    since = datetime(2026, 5, 31, tzinfo=UTC)
    away = ApiError(503, "DEALS_UNAVAILABLE", "away", domain="deals.prm", since=since)
    hidden = ApiError(404, "NOT_FOUND", "not here", domain="mdf.prm")
    began = time.monotonic()
    panels = asyncio.run(compose(2.0, a=gives(1, 0.1), b=gives(2, 0.1), deals=fails(away), funds=fails(hidden)))
    assert time.monotonic() - began < 0.19, "in parallel"
    assert (panels["a"], panels["b"]) == (1, 2)
    assert panels["deals"] == Unavailable("deals", since, away)
    assert panels["funds"] == Refused(hidden)
    assert need(panels["a"]) == 1
    for name, error in (("deals", away), ("funds", hidden)):
        with pytest.raises(ApiError) as raised:
            need(panels[name])
        assert raised.value is error


def test_a_signed_out_caller_has_no_panels() -> None:
    with pytest.raises(ApiError, match="SESSION_ENDED"):
        asyncio.run(compose(1.0, a=gives(1), b=fails(ApiError(401, "SESSION_ENDED", "signed out"))))


def test_a_defect_is_not_hidden_as_a_service_away() -> None:
    with pytest.raises(KeyError):
        asyncio.run(compose(1.0, a=fails(KeyError("a defect"))))


def test_inner_deadlines_never_exceed_outer_ones() -> None:
    async def nested() -> tuple[float, float, float]:
        with until(1.0):
            with until(5.0):
                inner = left(3.0)
            return inner, left(0.2), left(9.0)

    inner, short, long = asyncio.run(nested())
    assert 0.9 < inner <= 1.0
    assert short == 0.2
    assert long <= 1.0
    assert left(4.0) == 4.0, "outside there is no limit"


def test_the_deadline_reaches_the_calls() -> None:
    async def asks() -> float:
        return left(10.0)

    assert asyncio.run(compose(0.5, a=asks()))["a"] <= 0.5
