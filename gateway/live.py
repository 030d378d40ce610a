"""News for browsers: one stream of notifications a process, passed on to whom each concerns.

A browser opens `/live` and gets server-sent events:

    event: notification   id: <position>   data: {id, kind, subject, text, link, create_time, …}   the contract's Notification
    event: live           data: {"on": true|false}    whether news arrive at once now; sent first, and when it changes

After a break it says `Last-Event-ID`; what came meanwhile is sent if it is still among the newest thousand.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from types import TracebackType
from typing import Self, cast

import structlog
from prm.notify.v1 import notifications_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import metadata
from gateway.channels import Channels
from gateway.contracts import method_for
from gateway.errors import ApiError
from gateway.sessions.guard import here
from gateway.sessions.portal_account import PortalAccount
from gateway.sessions.visit import Visit
from gateway.stopping import Stopping
from gateway.transcoding.answers import to_json
from gateway.transcoding.streams import PING, EventStream, event

log = structlog.get_logger()
KEPT = 1000
WAITING = 100  # news a slow browser may lag behind before it is cut off; it reconnects and reads what it missed
STREAM_SECONDS = 240.0  # below the life of its token, so that a withdrawn right of the portal ends the stream
SETTLED_SECONDS = 1.0
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 10.0

News = notifications_pb2.WatchNotificationsResponse


class Listener:
    """One browser."""

    def __init__(self, person_id: str) -> None:
        self.person_id = person_id
        self.queue: asyncio.Queue[News | bool] = asyncio.Queue(WAITING)
        self.lagging = False

    def tell(self, item: News | bool) -> None:
        """Pass something on, or note that it cannot be."""
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            self.lagging = True


class Live:
    """The one stream and those who listen. Runs while the application does."""

    def __init__(self, channels: Channels, account: PortalAccount) -> None:
        self._channels, self._account = channels, account
        self._listeners: set[Listener] = set()
        self._newest: deque[News] = deque(maxlen=KEPT)
        self.position: int | None = None  # of the newest that was seen; None before the stream has begun once
        self.on = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def listening(self) -> int:
        """How many browsers listen."""
        return len(self._listeners)

    @contextlib.contextmanager
    def listen(self, person_id: str, after: int | None) -> Iterator[Listener]:
        """News of one person from now on; of before what came after `after`."""
        listener = Listener(person_id)
        listener.tell(self.on)
        for news in self._newest if after is not None else ():
            if news.position > (after or 0) and news.notification.person_id == person_id:
                listener.tell(news)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def _follow(self) -> None:
        """Read the stream for ever; whatever ends it, begin again after a pause that grows while nothing comes."""
        pause = FIRST_BACKOFF
        while True:
            began = self.position
            try:
                await self._read()
                pause = FIRST_BACKOFF
            except ApiError as error:
                pause = FIRST_BACKOFF if self.position != began else min(pause * 2, LAST_BACKOFF)
                if error.status != 504:
                    self._set(on=False)
                    log.warning("live_stream_lost", reason=error.reason, again_in_s=round(pause, 1))
            except Exception:  # a defect must cost a pause, not everybody's news until the process is restarted
                pause = LAST_BACKOFF
                self._set(on=False)
                log.exception("live_stream_failed")
            await asyncio.sleep(pause)

    async def _read(self) -> None:
        request = notifications_pb2.WatchNotificationsRequest(after=self.position)
        who = metadata(await self._account.token())
        # A stream says nothing until it has something to say; one that was not refused for a while is taken to run.
        running = asyncio.get_running_loop().call_later(SETTLED_SECONDS, lambda: self._set(on=True))
        try:
            async for news in self._channels.stream("notify", method_for(request), request, metadata=who, deadline=STREAM_SECONDS):
                self._set(on=True)
                self._pass_on(cast(News, news))
        finally:
            running.cancel()

    def _pass_on(self, news: News) -> None:
        self.position = news.position
        self._newest.append(news)
        for listener in self._listeners:
            if listener.person_id == news.notification.person_id:
                listener.tell(news)

    def _set(self, *, on: bool) -> None:
        if on != self.on:
            self.on = on
            for listener in self._listeners:
                listener.tell(on)


async def live(request: Request) -> Response:
    """The news of whoever is signed in."""
    session, last = here(request), request.headers.get("last-event-id", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else None
    feed: Live = request.app.state.live
    if feed.listening >= request.app.state.config.own.live_streams:
        raise ApiError(429, "TOO_MANY_STREAMS", "Too many pages listen for news", retry_after=30)
    return EventStream(_events(request, feed, session.person_id, after))


async def _events(request: Request, feed: Live, person_id: str, after: int | None) -> AsyncGenerator[str]:
    stopping: Stopping = request.app.state.stopping
    request.app.state.metrics.live.inc()
    try:
        with feed.listen(person_id, after) as listener:
            # Where it begins, so that a browser whose stream breaks before the first news is told what it missed too.
            yield f"retry: 3000\nid: {feed.position}\n\n" if feed.position is not None else "retry: 3000\n\n"
            while not (stopping.now or listener.lagging):
                item = await _next(listener, stopping, request.app.state.config.own.heartbeat_seconds)
                if item is None and not await _still_here(request):
                    return
                yield PING if item is None else _one(item)
    finally:
        request.app.state.metrics.live.dec()


async def _next(listener: Listener, stopping: Stopping, heartbeat: float) -> News | bool | None:
    """The next item, or None when there is none for a heartbeat."""
    pending = asyncio.ensure_future(listener.queue.get())
    try:
        await stopping.first(pending, heartbeat)
        return pending.result() if pending.done() else None
    finally:
        pending.cancel()


async def _still_here(request: Request) -> bool:
    """Whether the session goes on: signed out elsewhere, she hears nothing more."""
    visit: Visit = request.state.visit
    try:
        await visit.door.exchange.active(visit.secret)
    except ApiError as error:
        return error.away
    return True


def _one(item: News | bool) -> str:
    if isinstance(item, bool):
        return event({"on": item}, name="live")
    return event(to_json(item.notification), name="notification", position=str(item.position))
