"""When signing in is locked. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.identity.settings import IdentitySettings


@dataclass(frozen=True)
class Attempts:
    """What went wrong with one address so far: failures since the last lock, and how often it was locked."""

    failures: int = 0
    locks: int = 0
    locked_until: datetime | None = None
    last_failed_at: datetime | None = None

    def locked_for(self, now: datetime) -> timedelta:
        """How much longer nobody may try; zero when one may."""
        return max(timedelta(0), self.locked_until - now) if self.locked_until else timedelta(0)


@dataclass(frozen=True)
class Lockout:
    """After `failures` wrong attempts signing in is locked for `first`, doubled each further time up to `most`. All is
    forgotten when `forgotten` has passed since the last failure or the end of the last lock."""

    failures: int
    first: timedelta
    most: timedelta
    forgotten: timedelta

    @classmethod
    def of(cls, own: IdentitySettings) -> Lockout:
        """As set."""
        first, most = timedelta(minutes=own.lock_minutes), timedelta(hours=own.lock_most_hours)
        return cls(own.lock_after_failures, first, most, timedelta(hours=own.lock_forgotten_hours))

    def after_failure(self, before: Attempts, now: datetime) -> Attempts:
        """What stands after one more failure now."""
        current = Attempts() if self._is_forgotten(before, now) else before
        counted = replace(current, failures=current.failures + 1, last_failed_at=now)
        if counted.failures < self.failures:
            return counted
        length = min(self.first * 2 ** min(counted.locks, 16), self.most)
        return Attempts(failures=0, locks=counted.locks + 1, locked_until=now + length, last_failed_at=now)

    def _is_forgotten(self, before: Attempts, now: datetime) -> bool:
        latest = max((time for time in (before.last_failed_at, before.locked_until) if time), default=None)
        return latest is not None and now - latest > self.forgotten
