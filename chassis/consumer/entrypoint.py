"""The nameko entrypoint of the suite: a delivery is acknowledged only after what it caused is committed.

nameko's own consumer acknowledges failed messages, dies on a broken socket and never ends while the broker is away; what is
overridden here is exactly that. One connection a service; each queue has a prefetch of its own.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import eventlet
import structlog
from amqp.exceptions import AMQPError
from eventlet.event import Event
from eventlet.support.greenlets import GreenletExit
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.exceptions import MessageStateError
from kombu.messaging import Consumer as KombuConsumer
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import ProviderCollector
from nameko.messaging import Consumer, QueueConsumer, QueueConsumerStopped

from chassis.events.broker import addresses
from chassis.failpoints import failpoint

log = structlog.get_logger()
STOP_SECONDS = 5
IDLE_SECONDS = 2  # until a moment when nothing is at work
STOPPING_SECONDS = 0.05  # between two looks
LOOK_SECONDS, LAST_LOOK_SECONDS = 1, 0.01  # of the thread that reads the socket, when nothing comes
HEARTBEAT_SECONDS = 15  # a node that lost its clients without a word is left after twice as long
RECONNECT = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 5}
UNSETTLED = (AMQPError, OSError, MessageStateError)  # the broker hands the message out again


class Settle(Enum):
    """What to tell the broker about a delivery."""

    ACK = "ack"
    REQUEUE = "requeue"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Source:
    """A queue to consume from: how many workers it may have at once, how many deliveries a worker may take, and what it does
    with them. One `in_order` has one worker, and one consumer among all processes."""

    queue: str
    at_once: int
    together: int
    handle: Callable[[Sequence[Any]], Settle]
    in_order: bool = False

    @property
    def prefetch(self) -> int:
        """How many deliveries may be out: as many wait as are handled."""
        return 2 * self.together * self.at_once


class PrefetchingConsumer(KombuConsumer):
    """Says its prefetch right before it consumes: RabbitMQ applies it to consumers of the channel that start afterwards."""

    prefetch = 1

    def consume(self, no_ack: bool | None = None) -> None:
        self.qos(prefetch_count=self.prefetch)
        super().consume(no_ack)


class ReliableQueueConsumer(QueueConsumer):
    """The connection of one service; survives whatever the broker does, and ends in time."""

    def __init__(self) -> None:
        super().__init__()
        self._in_flight: dict[int, ReliableConsumer] = {}
        self._consuming, self._in_order_ending = False, False
        self._patient_until = 0.0  # for a moment when nothing is at work; 0 while nobody wants to end
        self._connections = 0

    @property
    def connection(self) -> Connection:
        """To whichever node answers, beginning with the next one each time: the last one may answer and be of no use."""
        nodes = deque(addresses(self.amqp_uri))
        nodes.rotate(-self._connections)
        return Connection(
            ";".join(nodes),
            heartbeat=HEARTBEAT_SECONDS,
            connect_timeout=5,
            transport_options={"client_properties": {"connection_name": f"{self.container.service_name}-consumer"}},
        )

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        with self.create_connection() as connection:
            self._connections += 1
            connection.ensure_connection(self.on_connection_error, **RECONNECT)
            yield connection

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        log.warning("broker_away", name=f"{self.container.service_name}-consumer", error=type(exc).__name__, retry_seconds=interval)

    def on_connection_revived(self) -> None:
        """The broker takes back what the lost connection had, and hands it out again."""
        self._in_flight.clear()
        for provider in self._providers:
            provider.forget()

    def get_consumers(self, consumer_cls: Any, channel: Any) -> list[KombuConsumer]:
        """One consumer a queue, of raw messages: nothing is decoded before somebody can keep what does not decode."""
        for provider in self._providers:
            receive = partial(self.receive, provider)
            consumer = PrefetchingConsumer(channel, queues=[Queue(provider.source.queue)], auto_declare=False, on_message=receive)
            consumer.prefetch = provider.source.prefetch
            self._consumers[provider] = consumer
        return list(self._consumers.values())

    def receive(self, provider: ReliableConsumer, message: Any) -> None:
        """Called for each delivery, in the thread that reads the socket."""
        if not provider.ended:
            self._in_flight[id(message)] = provider
            provider.receive(message)

    def settle(self, message: Any, settle: Settle) -> None:
        """Tell the broker; never raises, as an unsettled message only comes again."""
        try:
            if message.channel is not None and message.channel.connection:
                if settle is Settle.ACK:
                    message.ack()
                    failpoint("delivery.settled")
                elif settle is Settle.REQUEUE:
                    message.requeue()
        except UNSETTLED as error:
            log.warning("settle_failed", error=type(error).__name__)
        finally:
            self._in_flight.pop(id(message), None)

    def consume(self, limit: int | None = None, timeout: int | None = None, safety_interval: float = 1, **kwargs: Any) -> Iterator[None]:
        """As kombu's, but it looks often when it is about to end."""
        with self.consumer_context(**kwargs) as (connection, _channel, _consumers):
            while True:
                self.on_iteration()
                if self.should_stop:
                    return
                try:
                    connection.drain_events(timeout=LAST_LOOK_SECONDS if self._patient_until else LOOK_SECONDS)
                except TimeoutError:
                    connection.heartbeat_check()
                yield

    @contextmanager
    def extra_context(self, connection: Connection, channel: Any) -> Iterator[None]:
        """kombu's hook around the time in which there is a connection to consume from."""
        self._consuming = True
        try:
            yield
        finally:
            self._consuming = False

    def on_iteration(self) -> None:
        """Once a second at least: end when nothing is to be taken any more, at a moment when every delivery is settled."""
        if not self._in_flight or time.monotonic() > self._patient_until:  # what is on its way to a consumer that is cancelled comes twice
            self._cancel_consumers_if_requested()
        if not self._in_flight and (self._in_order_ending or not self._consumers):
            self._hand_back()
            self.should_stop = True

    def _hand_back(self) -> None:
        """With its channel the broker takes back what has come since, before the next consumer in order gets anything."""
        for consumer in self._consumers.values():
            with suppress(*UNSETTLED):
                consumer.channel.close()

    def unregister_provider(self, provider: ReliableConsumer) -> None:
        """Cancel a queue's consumer, or stop waiting for it when the broker does not answer.

        One in order goes on until the others are done and nothing is at work, and is never cancelled: its successor would
        begin at once, with what comes after that which is still at work here.
        """
        self._patient_until = time.monotonic() + IDLE_SECONDS
        if provider.source.in_order:
            while any(not other.source.in_order for other in {*self._providers, *self._in_flight.values()}):
                eventlet.sleep(STOPPING_SECONDS)
            self._in_order_ending = True
            with eventlet.Timeout(IDLE_SECONDS, False):
                while self._consuming:
                    eventlet.sleep(STOPPING_SECONDS)
            provider.end()
        elif self._consumers_ready.ready():
            cancelled = Event()
            self._pending_remove_providers[provider] = cancelled
            with eventlet.Timeout(STOP_SECONDS, False):
                cancelled.wait()
        ProviderCollector.unregister_provider(self, provider)

    def stop(self) -> None:
        """Wait for what was taken, and for the reading thread, but not for a broker that is away."""
        self.wait_for_providers()
        while self._in_flight:
            eventlet.sleep(STOPPING_SECONDS)
        if self._consumers_ready.ready():
            with eventlet.Timeout(STOP_SECONDS, False):
                self._gt.wait()
        if not self._gt.dead:
            self._gt.kill()

    def _handle_thread_exited(self, gt: Any) -> None:
        """Whoever waits for the first connection is released when the thread was killed before there was one."""
        try:
            super()._handle_thread_exited(gt)
        except GreenletExit:
            if not self._consumers_ready.ready():
                self._consumers_ready.send_exception(QueueConsumerStopped())


class ReliableConsumer(Consumer):
    """Consumes one source; the method it stands at gets some deliveries and returns what to tell the broker of them."""

    queue_consumer = ReliableQueueConsumer()

    def __init__(self, source: Source) -> None:
        self.source = source
        self._waiting: deque[Any] = deque()
        self._busy = 0  # of the service's workers: a slow handler must not have them all
        self.ended = False
        super().__init__(queue=None)

    def receive(self, message: Any) -> None:
        """Keep a delivery until a worker takes it; at once where this queue may have another one."""
        self._waiting.append(message)
        if self._busy < self.source.at_once:
            self._busy += 1
            self._send_worker()

    def forget(self) -> None:
        """Leave alone what no worker has begun."""
        self._waiting.clear()

    def end(self) -> None:
        """Take nothing more, and leave what waits to the next consumer."""
        self.ended = True
        self._settle_all(self._waiting, Settle.NOTHING)
        self.forget()

    def _send_worker(self) -> None:
        self.container.spawn_managed_thread(self._hand_out, identifier=self.source.queue)

    def _hand_out(self) -> None:
        """Give a worker its share of what waits, or let it go; waits itself while all workers of the service are busy."""
        messages = [self._waiting.popleft() for _ in range(share(len(self._waiting), self.source))]
        if not messages:
            self._busy -= 1
            return
        try:
            self.container.spawn_worker(self, (messages,), {}, handle_result=partial(self.handle_result, messages))
        except ContainerBeingKilled:
            self._settle_all(messages, Settle.NOTHING)

    def handle_message_processed(self, messages: Sequence[Any], result: Settle | None = None, exc_info: Any = None) -> None:
        """Settle as the worker said, and send the next one. An exception here is a defect of ours; no message is lost with it."""
        settle = Settle.REQUEUE if result is None else result
        self._settle_all(messages, settle)
        if self.source.in_order and settle is Settle.REQUEUE:  # they come back first
            self._settle_all(self._waiting, settle)
            self.forget()
        elif self.source.in_order and settle is Settle.NOTHING:
            self.end()
        self._send_worker()

    def _settle_all(self, messages: Iterable[Any], settle: Settle) -> None:
        for message in messages:
            self.queue_consumer.settle(message, settle)


def share(waiting: int, source: Source) -> int:
    """How many of them a worker takes: one while few come, and never so many that other workers of the queue stand idle."""
    return min(source.together, -(-waiting // source.at_once))


consume = ReliableConsumer.decorator
