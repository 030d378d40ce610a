"""How long signing in is locked after how many wrong attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.identity.sessions.rules import Attempts, Lockout
from services.identity.settings import IdentitySettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
RULE = Lockout.of(IdentitySettings())
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def failed(times: int, before: Attempts, at: datetime) -> Attempts:
    for _ in range(times):
        before = RULE.after_failure(before, at)
    return before


def test_four_failures_lock_nothing() -> None:
    after = failed(4, Attempts(), NOW)
    assert (after.failures, after.locked_for(NOW)) == (4, timedelta(0))


def test_the_fifth_locks_for_a_quarter_of_an_hour() -> None:
    after = failed(5, Attempts(), NOW)
    assert after.locked_for(NOW) == 15 * MINUTE
    assert after.locked_for(NOW + 14 * MINUTE) == MINUTE
    assert after.locked_for(NOW + 15 * MINUTE) == timedelta(0)


@pytest.mark.parametrize(("lock", "length"), [(1, 15 * MINUTE), (2, 30 * MINUTE), (3, HOUR), (4, 2 * HOUR), (7, 16 * HOUR), (8, 24 * HOUR)])
def test_each_further_lock_doubles_up_to_a_day(lock: int, length: timedelta) -> None:
    attempts, at = Attempts(), NOW
    for _ in range(lock):
        attempts = failed(5, attempts, at)
        found, at = attempts.locked_for(at), at + attempts.locked_for(at)
    assert found == length


def test_a_day_without_failures_is_a_new_beginning() -> None:
    locked = failed(5, Attempts(), NOW)
    ended = NOW + 15 * MINUTE
    soon, late = ended + 24 * HOUR, ended + 24 * HOUR + MINUTE
    assert failed(5, locked, soon).locked_for(soon) == 30 * MINUTE
    assert failed(5, locked, late).locked_for(late) == 15 * MINUTE
    assert failed(1, failed(4, Attempts(), NOW), NOW + 25 * HOUR).failures == 1


def test_hundreds_of_locks_do_not_overflow() -> None:
    assert failed(5, Attempts(locks=10_000, locked_until=NOW, last_failed_at=NOW), NOW).locked_for(NOW) == 24 * HOUR
