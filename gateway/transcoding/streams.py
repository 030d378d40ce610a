"""Streaming RPCs as server-sent events (HTML standard, 9.2): `id:` is the position, so browsers resume by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from google.protobuf.message import Message
from starlette.responses import Response, StreamingResponse

from gateway.errors import ApiError
from gateway.stopping import Stopping
from gateway.transcoding.answers import dump, to_json
from gateway.transcoding.problems import problem

EVENT_STREAM = "text/event-stream"
FIRST_SECONDS = 1.0  # how long a refusal may take to still become a proper HTTP status
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PING = ": still here\n\n"


def event(data: Any, *, name: str = "", position: str = "") -> str:
    """One event. JSON has no raw line breaks, so `data:` is one line."""
    head = (f"id: {position}\n" if position else "") + (f"event: {name}\n" if name else "")
    return f"{head}data: {dump(data)}\n\n"


async def stream_response(messages: AsyncIterator[Message], heartbeat: float, stopping: Stopping) -> Response:
    """The stream as an HTTP answer. Errors: ApiError when it is refused within a second; later ones become an `error` event."""
    pending = asyncio.ensure_future(anext(messages, None))
    await asyncio.wait({pending}, timeout=FIRST_SECONDS)
    if pending.done():
        pending.result()
    return StreamingResponse(_events(messages, pending, heartbeat, stopping), media_type=EVENT_STREAM, headers=HEADERS)


async def _events(
    messages: AsyncIterator[Message], pending: asyncio.Future[Message | None], heartbeat: float, stopping: Stopping
) -> AsyncGenerator[str]:
    try:
        yield "retry: 2000\n\n"
        while not stopping.now:
            await stopping.first(pending, heartbeat)
            if not pending.done():
                yield PING
                continue
            message = pending.result()
            if message is None:
                return
            yield _one(message)
            pending = asyncio.ensure_future(anext(messages, None))
    except ApiError as error:
        yield event(problem(error), name="error")
    finally:
        await _stop(messages, pending)


async def _stop(messages: AsyncIterator[Message], pending: asyncio.Future[Message | None]) -> None:
    """Let go of the RPC, or the service keeps a thread for a reader who left."""
    pending.cancel()
    with contextlib.suppress(asyncio.CancelledError, ApiError, StopAsyncIteration):
        await pending
    if isinstance(messages, AsyncGenerator):
        await messages.aclose()


def _one(message: Message) -> str:
    """A message that only wraps an event is that event; its position is the id."""
    inner = message.event if "event" in message.DESCRIPTOR.fields_by_name else message  # type: ignore[attr-defined]
    return event(to_json(inner), position=str(getattr(inner, "position", "") or ""))
