"""Publish with confirms on a raw channel. In doubt the connection is dropped: a late confirm on a channel used again would
be credited to the next message."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import amqp

from chassis.events import broker
from chassis.events.envelope import LoggedEvent, to_message
from chassis.events.topology import exchange_of
from chassis.failpoints import failpoint

CONFIRM_SECONDS = 10.0


class Publisher:
    """One connection with one channel in confirm mode. Not thread-safe."""

    def __init__(self, url: str, name: str, subscribed: frozenset[str]) -> None:
        self._subscribed = subscribed
        self.blocked = False
        self._connection = broker.connect(url, name)
        self._connection.on_blocked = lambda _reason: self._block(True)
        self._connection.on_unblocked = lambda: self._block(False)
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._tag = 0  # the broker counts publishes of a channel from 1
        self._waiting: dict[int, UUID] = {}
        self._refused: dict[UUID, str] = {}
        self._listen(self._channel)

    def _listen(self, channel: amqp.Channel) -> None:
        channel.events["basic_ack"].add(lambda tag, multiple: self._settle(tag, multiple, ""))
        channel.events["basic_nack"].add(lambda tag, multiple: self._settle(tag, multiple, "nacked"))
        channel.events["basic_return"].add(self._returned)

    def _block(self, blocked: bool) -> None:
        self.blocked = blocked

    def publish(self, events: Sequence[LoggedEvent]) -> dict[UUID, str]:
        """Send events and wait for every confirm; -> those refused: `nacked`, or `returned` for want of a queue.

        Events of one aggregate must not be sent together (see `waves`): the first could be refused and the second taken.
        Raises one of broker.IN_DOUBT after 10 s or with the connection; drop the publisher then.
        """
        self._refused = {}
        for event in events:
            self._tag += 1
            self._waiting[self._tag] = event.event_id
            self._channel.basic_publish(to_message(event), exchange_of(event.type), event.type, mandatory=event.type in self._subscribed)
        failpoint("publish.sent")
        self._wait(CONFIRM_SECONDS)
        return self._refused

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._waiting:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{len(self._waiting)} confirms missing after {seconds:g} s")
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=left)

    def poll(self) -> None:
        """Take in what the broker has sent meanwhile, such as an alarm or its end. Raises one of broker.IN_DOUBT."""
        with suppress(TimeoutError, BlockingIOError):
            self._connection.drain_events(timeout=0)

    def _settle(self, tag: int, multiple: bool, refusal: str) -> None:
        for settled in [item for item in self._waiting if item <= tag] if multiple else [tag]:
            event_id = self._waiting.pop(settled, None)
            if refusal and event_id is not None:
                self._refused[event_id] = refusal

    def _returned(self, _error: Any, _exchange: str, _key: str, message: amqp.Message) -> None:
        self._refused[UUID(message.properties["message_id"])] = "returned"  # arrives before its ack

    def drop(self) -> None:
        """Close the socket; the publisher is of no use any more."""
        broker.drop(self._connection)


def waves(events: Sequence[LoggedEvent]) -> Iterator[list[LoggedEvent]]:
    """Split a batch so that a wave has one event of an aggregate at most, in the order of positions.

    An event of an aggregate is sent when the one before it is confirmed; else a refusal in the middle would let a later
    event overtake it.
    """
    place: dict[str, int] = {}
    found: list[list[LoggedEvent]] = []
    for event in events:
        number = place[event.aggregate] = place.get(event.aggregate, -1) + 1
        if number == len(found):
            found.append([])
        found[number].append(event)
    yield from found
