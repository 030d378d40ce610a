"""How large a request may be and how long it may take to arrive, counted while it does: Content-Length may be missing or a lie."""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: more than `most` bytes are 413, more than `seconds` 408. What is announced as too large is not even read."""

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self._app, self._most, self._seconds = app, most, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        arrived, complete = 0, False
        ends = time.monotonic() + self._seconds

        async def limited() -> Message:
            nonlocal arrived, complete
            if announced.isdigit() and int(announced) > self._most:
                raise HTTPException(413)
            message = await (receive() if complete else _in_time(receive, ends))
            arrived += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if arrived > self._most:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)


async def _in_time(receive: Receive, ends: float) -> Message:
    try:
        return await asyncio.wait_for(receive(), max(ends - time.monotonic(), 0))
    except TimeoutError:
        raise HTTPException(408) from None
