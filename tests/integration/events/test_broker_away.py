"""The broker breaks off, falls silent or is restarted while events flow."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import amqp
import pytest

from chassis.events.broker import connect
from chassis.runner import relay as relay_module
from tests.bus.processes import process
from tests.bus.proxy import Proxy
from tests.bus.world import World, approved, until
from tests.integration.events.test_relay import drain, taken


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    proxy = Proxy(world.amqp)
    yield proxy
    proxy.close()


@pytest.fixture
def channel(world: World) -> Iterator[amqp.Channel]:
    connection = connect(world.amqp, "test")
    channel = connection.channel()
    for queue in world.queues():
        channel.queue_purge(queue.name)
    yield channel
    connection.close()


def test_a_batch_in_doubt_is_sent_again(world: World, channel: amqp.Channel, proxy: Proxy) -> None:
    """The connection breaks in the middle of a batch; every event arrives, some twice."""
    ids = {world.stage(approved("x" * 500), f"registration/reg_{number}", 1) for number in range(150)}
    relay = world.relay(proxy.url)
    try:
        proxy.cut_after = 60_000
        drain(relay)
        assert world.scalar("SELECT published FROM log_head") == 0
        assert world.scalar("SELECT position FROM log_head") == 150, "reading the log does not wait for the broker"
        until(lambda: not relay.step() and world.scalar("SELECT published FROM log_head") == 150)
    finally:
        relay.close()
    messages = taken(channel, "deals.free.v1")
    assert {message.properties["message_id"] for message in messages} == ids
    assert len(messages) > len(ids), "the cut came after some had reached the broker"


def test_a_silent_broker_costs_ten_seconds_and_a_connection(world: World, channel: amqp.Channel, proxy: Proxy, monkeypatch) -> None:
    monkeypatch.setattr("chassis.events.publisher.CONFIRM_SECONDS", 1.0)
    relay = world.relay(proxy.url)
    try:
        world.stage(approved(), "registration/reg_1", 1)
        drain(relay)
        proxy.silence()
        second = world.stage(approved(), "registration/reg_1", 2)
        began = time.monotonic()
        drain(relay)
        assert 0.9 < time.monotonic() - began < 8
        assert world.scalar("SELECT published FROM log_head") == 1
        proxy.mend()
        until(lambda: not relay.step() and world.scalar("SELECT published FROM log_head") == 2)
    finally:
        relay.close()
    assert taken(channel, "deals.free.v1")[-1].properties["message_id"] == second


def test_a_runner_without_its_broker_lets_the_other_publish(world: World, channel: amqp.Channel, proxy: Proxy) -> None:
    cut_off, other = world.relay(proxy.url), world.relay()
    try:
        world.stage(approved(), "registration/reg_1", 1)
        drain(cut_off)
        proxy.cut()
        world.stage(approved(), "registration/reg_1", 2)
        until(lambda: not cut_off.step() and not other.step() and world.scalar("SELECT published FROM log_head") == 2, 5)
    finally:
        cut_off.close()
        other.close()


def test_consumer_and_runner_go_on_after_the_broker_was_away(world: World, channel: amqp.Channel, proxy: Proxy) -> None:
    stopping = threading.Event()
    relay = world.relay(proxy.url)
    thread = threading.Thread(target=relay.run, args=(stopping,))
    thread.start()
    try:
        with process(world, "consumer", proxy.url) as consumer:
            for seq in range(1, 101):
                world.stage(approved(), f"registration/reg_{seq % 10}", seq)
                if seq % 25 == 0:
                    proxy.cut()
                    time.sleep(0.5)
                    proxy.mend()
            until(lambda: world.scalar("SELECT count(*) FROM effect") == 100, 30)
            assert world.scalar("SELECT count(DISTINCT event_id) FROM effect") == 100
            proxy.cut()
            time.sleep(1.5)
            began = time.monotonic()
            assert consumer.end(seconds=15) == 0
            assert time.monotonic() - began < 15
    finally:
        stopping.set()
        thread.join()
    assert relay_module.RECONNECT_SECONDS[1] <= 15, "publishing goes on within 15 s of the broker's return"


def test_of_a_cluster_the_next_node_is_taken(world: World, channel: amqp.Channel) -> None:
    """The first node is gone, then the second takes connections and answers nothing any more, as one without its peers does."""
    nodes = [Proxy(world.amqp), Proxy(world.amqp)]
    url = ";".join(node.url for node in nodes)
    try:
        with process(world, "runner", url), process(world, "consumer", url):
            for count, gone in enumerate((*nodes, None), 1):
                world.stage(approved(), "registration/reg_1", count)
                until(lambda: world.scalar("SELECT count(*) FROM effect") == count, 30)  # noqa: B023
                for node in nodes:
                    node.mend()
                if gone is not None:
                    gone.cut()
    finally:
        for node in nodes:
            node.close()
