"""A browser without script before one StageApi, for tests of the handlers."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.portal.stage import StageApi, app


class Browser:
    """Answers of the pages, and in `api.asked` what they asked the services for."""

    def __init__(self, **options: Any) -> None:
        self.api = StageApi(**options)

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._send("GET", path, headers=headers))

    def post(self, path: str, data: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._send("POST", path, data=data, headers=headers))

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app(lambda _: self.api))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
            return await client.request(method, path, **more)

    def asked(self, kind: type) -> list[Any]:
        """The requests of this kind."""
        return [request for request in self.api.asked if isinstance(request, kind)]
