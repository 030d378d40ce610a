"""Streaming RPCs as server-sent events (HTML standard, 9.2): `id:` is the position, so browsers resume by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.errors import ApiError
from gateway.stopping import Stopping
from gateway.transcoding.answers import dump, to_json
from gateway.transcoding.problems import problem

EVENT_STREAM = "text/event-stream"
FIRST_SECONDS = 1.0  # how long a refusal may take to still become an HTTP status: above what a channel needs for its attempts
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PING = ": still here\n\n"


def event(data: Any, *, name: str = "", position: str = "") -> str:
    """One event. JSON has no raw line breaks, so `data:` is one line."""
    head = (f"id: {position}\n" if position else "") + (f"event: {name}\n" if name else "")
    return f"{head}data: {dump(data)}\n\n"


@dataclass(frozen=True)
class Pace:
    """How a stream goes on: seconds between signs of life, when it must stop, what to do when it ended."""

    heartbeat: float
    stopping: Stopping
    ended: Callable[[], None]


class Feed:
    """The messages of one RPC on their way to one reader."""

    def __init__(self, messages: AsyncGenerator[Message], pace: Pace) -> None:
        self._messages, self._pace = messages, pace
        self._pending = self._next()

    def _next(self) -> asyncio.Future[Message | None]:
        return asyncio.ensure_future(anext(self._messages, None))

    async def settle(self) -> None:
        """Errors: ApiError when the stream is refused within a second."""
        await asyncio.wait({self._pending}, timeout=FIRST_SECONDS)
        if self._pending.done():
            self._pending.result()

    async def events(self) -> AsyncGenerator[str]:
        """The stream as text. An error that comes after the status was sent is an event `error` with problem details."""
        yield "retry: 2000\n\n"
        try:
            while not self._pace.stopping.now:
                await self._pace.stopping.first(self._pending, self._pace.heartbeat)
                if not self._pending.done():
                    yield PING
                elif (message := self._pending.result()) is not None:
                    yield _one(message)
                    self._pending = self._next()
                else:
                    return
        except ApiError as error:
            yield event(problem(error), name="error")

    async def close(self) -> None:
        """Let go of the RPC, or the service keeps a thread for a reader who left."""
        self._pace.ended()
        self._pending.cancel()
        with contextlib.suppress(asyncio.CancelledError, ApiError):
            await self._pending
        await self._messages.aclose()


class EventStream(StreamingResponse):
    """Server-sent events. What feeds them is closed however they end, also when the reader left before the first."""

    def __init__(self, events: AsyncGenerator[str], close: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__(events, media_type=EVENT_STREAM, headers=HEADERS)
        self._events, self._close = events, close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer until one side has enough."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._events.aclose()
            if self._close is not None:
                await self._close()


async def stream_response(messages: AsyncGenerator[Message], pace: Pace) -> Response:
    """The stream as an HTTP answer. Errors: ApiError as the RPC was refused, if that was at once."""
    feed = Feed(messages, pace)
    try:
        await feed.settle()
    except BaseException:
        await feed.close()
        raise
    return EventStream(feed.events(), feed.close)


def _one(message: Message) -> str:
    """A message that only wraps an event is that event; its position is the id."""
    inner = message.event if "event" in message.DESCRIPTOR.fields_by_name else message  # type: ignore[attr-defined]
    return event(to_json(inner), position=str(getattr(inner, "position", "") or ""))
