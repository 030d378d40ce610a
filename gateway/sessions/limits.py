"""How often one may ask: counted in this process, by address and, for sign-in, by account too.

The address and the account are kept as digests for the length of the window only.
"""

from __future__ import annotations

import hashlib
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from gateway.errors import ApiError
from gateway.settings import GatewaySettings


class Limits:
    """The limits of this process. Each raises 429 with the seconds until there is room again."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._client = parse(settings.client_rate)
        self._public = parse(settings.public_rate)
        self._sign_in = parse(settings.sign_in_rate)

    async def client(self, address: str) -> None:
        """Anything at all, per address."""
        await self._take(self._client, "RATE_LIMITED", "client", address)

    async def public(self, address: str) -> None:
        """What changes something without a token: sign-in, invitations. Per address."""
        await self._take(self._public, "RATE_LIMITED", "public", address)

    async def sign_in(self, address: str, account: str) -> None:
        """Sign-in, per address and account; an attacker elsewhere cannot lock the account's owner out here."""
        await self._take(self._sign_in, "SIGN_IN_RATE_LIMITED", "sign-in", address, account.strip().lower())

    async def _take(self, item: RateLimitItem, reason: str, *key: str) -> None:
        digests = [key[0], *(_digest(part) for part in key[1:])]
        if await self._limiter.hit(item, *digests):
            return
        reset, _ = await self._limiter.get_window_stats(item, *digests)
        seconds = max(reset - time.time(), 1.0)
        raise ApiError(429, reason, "That is too often. Wait a little and repeat.", retry_after=seconds)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
