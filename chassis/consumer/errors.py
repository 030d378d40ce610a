"""What an exception of a handler means for the event: again at once, again later, or never."""

from __future__ import annotations

import hashlib
import random
import traceback
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from chassis.errors import Aborted, DeadlineExceeded, DomainError, NotFound, ResourceExhausted, Unavailable

ROOT = Path(__file__).resolve().parents[2]
# Seconds until the next attempt, by attempts made; after the last one a person decides. Each is spread by ± 20 %.
RETRY_SECONDS = (5, 30, 120, 600, 1800, 3600, 10800, 21600)
SPREAD = 0.2
HASTY_ATTEMPTS = 3
ERROR_LENGTH = 300


class Meaning(Enum):
    """What to do with the event."""

    AWAY = "the database is away: nothing was decided, wait for it"
    RACE = "another transaction was in the way: again at once"
    TRANSIENT = "again later"
    PERMANENT = "repeating changes nothing: a person decides"


# NotFound is one of them: an event may arrive before the one that tells of the object.
_TRANSIENT = (Unavailable, DeadlineExceeded, ResourceExhausted, Aborted, NotFound, OSError)


def meaning_of(error: BaseException) -> Meaning:
    """The database's own troubles come translated by chassis.store.database; a defect (TypeError …) is permanent."""
    if isinstance(error, Unavailable) and error.reason.startswith("DATABASE_"):
        return Meaning.AWAY
    if isinstance(error, Aborted) and error.reason == "CONCURRENT_CHANGE":
        return Meaning.RACE
    return Meaning.TRANSIENT if isinstance(error, _TRANSIENT) else Meaning.PERMANENT


def delay(attempts: int, error: BaseException | None = None) -> timedelta | None:
    """How long to wait after so many attempts; None when it was the last. An error may ask for less at first."""
    if attempts > len(RETRY_SECONDS):
        return None
    asked = error.retry_after if isinstance(error, DomainError) else None
    if asked is not None and attempts <= HASTY_ATTEMPTS:
        return asked
    return timedelta(seconds=RETRY_SECONDS[attempts - 1] * random.uniform(1 - SPREAD, 1 + SPREAD))  # noqa: S311  # spreads load, guards nothing


def fingerprint(error: BaseException) -> str:
    """Groups failures with one cause: the exception and the innermost function of the services (else of the suite) it came from.

    Without line numbers, so that a release does not regroup everything.
    """
    frames = [(frame.filename, frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    own = [(str(Path(file).relative_to(ROOT)), name) for file, name in frames if Path(file).is_relative_to(ROOT)]
    services = [frame for frame in own if not frame[0].startswith("chassis/")]
    place = (services or own or [("", "")])[-1]
    return digest(type(error).__name__, *place)


def digest(*parts: str) -> str:
    """A fingerprint of plain parts."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def logged(error: BaseException) -> dict[str, Any]:
    """What a log line says of it: a refusal by its reason, anything else with its traceback."""
    return {"reason": error.reason} if isinstance(error, DomainError) else {"exc_info": error}


def describe(error: BaseException) -> str:
    """One short line for people; never the statement or its parameters, which may hold personal data."""
    text = error.text if isinstance(error, DomainError) else str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}"[:ERROR_LENGTH]
