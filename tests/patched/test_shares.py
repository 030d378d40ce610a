"""How the deliveries of a queue are given to workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.consumer.entrypoint import ReliableConsumer, Settle, Source


class Host:
    """Stands for nameko's container and for the connection: keeps what it was asked to do."""

    def __init__(self) -> None:
        self.threads: list[Callable[[], None]] = []
        self.workers: list[list[int]] = []
        self.settled: list[tuple[int, Settle]] = []

    def spawn_managed_thread(self, function: Callable[[], None], identifier: str) -> None:
        self.threads.append(function)

    def spawn_worker(self, _entrypoint: Any, arguments: tuple[list[int]], _words: Any, handle_result: Any) -> None:
        self.workers.append(arguments[0])

    def settle(self, message: int, settle: Settle) -> None:
        self.settled.append((message, settle))

    def run(self) -> None:
        while self.threads:
            self.threads.pop(0)()


@pytest.fixture
def host() -> Host:
    return Host()


def hosted(host: Host, source: Source) -> ReliableConsumer:
    found = ReliableConsumer(source)
    found.container = host
    found.queue_consumer = host  # type: ignore[assignment]  # what it is asked for is there
    return found


@pytest.fixture
def consumer(host: Host) -> ReliableConsumer:
    return hosted(host, Source("deals.free.v1", at_once=5, together=8, handle=lambda _: Settle.ACK))


def test_one_on_a_quiet_queue_has_a_worker_at_once(host: Host, consumer: ReliableConsumer) -> None:
    for number in (1, 2):
        consumer.receive(number)
        host.run()
    assert host.workers == [[1], [2]]


def test_all_workers_of_a_queue_have_a_share(host: Host, consumer: ReliableConsumer) -> None:
    for number in range(12):
        consumer.receive(number)
    host.run()
    assert host.workers == [[0, 1, 2], [3, 4], [5, 6], [7], [8]], "three are left for whoever is free first"
    consumer.handle_message_processed([7], Settle.ACK)
    host.run()
    assert host.workers[5:] == [[9]] and host.settled == [(7, Settle.ACK)]


def test_a_share_has_an_end(host: Host, consumer: ReliableConsumer) -> None:
    for number in range(80):
        consumer.receive(number)
    host.run()
    assert [len(worker) for worker in host.workers] == [8] * 5


def test_workers_that_find_nothing_can_be_had_again(host: Host, consumer: ReliableConsumer) -> None:
    for _ in range(2):
        host.workers.clear()
        for number in range(6):
            consumer.receive(number)
        host.run()
        assert host.workers == [[0, 1], [2], [3], [4], [5]]
        for worker in host.workers:
            consumer.handle_message_processed(worker, Settle.ACK)
        host.run()


@pytest.fixture
def in_order(host: Host) -> ReliableConsumer:
    return hosted(host, Source("deals.in-order.v1", at_once=1, together=8, handle=lambda _: Settle.ACK, in_order=True))


def test_in_order_one_worker_has_them_as_they_stand(host: Host, in_order: ReliableConsumer) -> None:
    for number in range(16):
        in_order.receive(number)
    host.run()
    assert host.workers == [list(range(8))] and in_order.source.prefetch == 16
    in_order.handle_message_processed(host.workers[0], Settle.ACK)
    host.run()
    assert host.workers[1:] == [list(range(8, 16))]


def test_in_order_what_stands_behind_is_handed_back_too(host: Host, in_order: ReliableConsumer) -> None:
    for number in range(10):
        in_order.receive(number)
    host.run()
    in_order.handle_message_processed(host.workers[0], None)
    host.run()
    assert host.settled == [(number, Settle.REQUEUE) for number in range(10)] and len(host.workers) == 1
    in_order.receive(0)
    host.run()
    assert host.workers[1:] == [[0]]


def test_in_order_nothing_is_begun_after_what_was_left(host: Host, in_order: ReliableConsumer) -> None:
    for number in range(10):
        in_order.receive(number)
    host.run()
    in_order.handle_message_processed(host.workers[0], Settle.NOTHING)
    host.run()
    assert in_order.ended and len(host.workers) == 1
    assert host.settled == [(number, Settle.NOTHING) for number in range(10)]


def test_what_a_lost_connection_had_is_left_alone(host: Host, consumer: ReliableConsumer) -> None:
    consumer.receive(1)
    consumer.forget()
    host.run()
    consumer.receive(2)
    host.run()
    assert host.workers == [[2]]
