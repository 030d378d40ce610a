"""What an exception means, and how long to wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.consumer.errors import RETRY_SECONDS, Meaning, delay, describe, fingerprint, meaning_of
from chassis.errors import Aborted, DeadlineExceeded, DomainError, FailedPrecondition, NotFound, Unavailable


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (Unavailable("", reason="DATABASE_UNAVAILABLE"), Meaning.AWAY),
        (Unavailable("", reason="DATABASE_BUSY"), Meaning.AWAY),
        (Unavailable("", reason="POLICY_UNAVAILABLE"), Meaning.TRANSIENT),
        (Aborted("", reason="CONCURRENT_CHANGE"), Meaning.RACE),
        (Aborted(""), Meaning.TRANSIENT),
        (DeadlineExceeded(""), Meaning.TRANSIENT),
        (NotFound(""), Meaning.TRANSIENT),
        (ConnectionResetError(), Meaning.TRANSIENT),
        (FailedPrecondition(""), Meaning.PERMANENT),
        (KeyError("x"), Meaning.PERMANENT),
        (SystemExit(1), Meaning.PERMANENT),
    ],
)
def test_meaning(error: BaseException, meaning: Meaning) -> None:
    assert meaning_of(error) is meaning


def test_delays_grow_spread_and_end() -> None:
    for attempts, seconds in enumerate(RETRY_SECONDS, 1):
        for _ in range(20):
            wait = delay(attempts)
            assert wait is not None and 0.8 * seconds <= wait.total_seconds() <= 1.2 * seconds
    assert delay(len(RETRY_SECONDS) + 1) is None


def test_an_error_may_ask_to_come_again_sooner_but_not_for_ever() -> None:
    hasty = Unavailable("", retry_after=timedelta(milliseconds=300))
    waits = [delay(attempts, hasty) for attempts in range(1, 10)]
    assert waits[:3] == [timedelta(milliseconds=300)] * 3
    assert waits[3] is not None and waits[3].total_seconds() > 60 and waits[8] is None


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def elsewhere(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_fingerprint_groups_by_exception_and_place_not_by_text() -> None:
    assert fingerprint(raised(ValueError("a"))) == fingerprint(raised(ValueError("b")))
    assert fingerprint(raised(ValueError("a"))) != fingerprint(raised(KeyError("a")))
    assert fingerprint(raised(ValueError("a"))) != fingerprint(elsewhere(ValueError("a")))


def test_descriptions_are_one_short_line() -> None:
    assert describe(ValueError("one\n[parameters: secret]")) == "ValueError: one"
    assert describe(FailedPrecondition("No")) == "FailedPrecondition: No"
    assert len(describe(DomainError("x" * 1000))) == 300
