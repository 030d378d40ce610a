"""A broker of the test's own is killed while events are published, and started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from chassis.events.broker import connect
from chassis.events.topology import declare
from deploy.local import rabbitmq
from deploy.local.layout import claim
from deploy.local.strays import end_strays
from tests.bus.servers import OwnBroker
from tests.bus.world import NAME, World, approved, until


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    found = OwnBroker(claim(tmp_path_factory.mktemp("broker") / "stack"))
    found.start()
    yield found
    end_strays(found.layout)
    found.close()


def test_an_alarm_of_the_broker_stops_publishing_and_nothing_else(world: World, broker: OwnBroker) -> None:
    url = rabbitmq.url(broker.layout)
    declare(url, [f"{NAME}.events"], world.queues())
    relay = world.relay(url)
    try:
        world.stage(approved(), "registration/reg_1", 1)
        until(lambda: not relay.step() and world.scalar("SELECT published FROM log_head") == 1)
        rabbitmq.control(broker.layout, "vm_memory_monitor:set_vm_memory_high_watermark(0.00001).")
        for seq in (2, 3):
            world.stage(approved(), "registration/reg_1", seq)
            relay.step()  # the first to be published is what makes the broker say that it is blocked
        began = time.monotonic()
        for _ in range(5):
            relay.step()
        assert time.monotonic() - began < 8, "no waiting for confirms that cannot come"
        assert world.rows("SELECT position FROM log_head") == [(3,)]
        rabbitmq.control(broker.layout, "vm_memory_monitor:set_vm_memory_high_watermark(0.4).")
        until(lambda: not relay.step() and world.scalar("SELECT published FROM log_head") == 3, 20)
    finally:
        rabbitmq.control(broker.layout, "vm_memory_monitor:set_vm_memory_high_watermark(0.4).")
        relay.close()


def test_killed_in_the_middle_of_publishing(world: World, broker: OwnBroker) -> None:
    url = rabbitmq.url(broker.layout)
    declare(url, [f"{NAME}.events"], world.queues())
    relay, stopping = world.relay(url), threading.Event()
    thread = threading.Thread(target=relay.run, args=(stopping,))
    thread.start()
    try:
        ids = {world.stage(approved("x" * 2000), f"registration/reg_{number}", 1) for number in range(300)}
        until(lambda: world.scalar("SELECT published FROM log_head") > 0)
        ids |= {world.stage(approved("x" * 2000), f"registration/more_{number}", 1) for number in range(300)}
        broker.kill()
        ids |= {world.stage(approved(), f"registration/away_{number}", 1) for number in range(100)}
        until(lambda: world.scalar("SELECT position FROM log_head") == len(ids))
        broker.start()
        began = time.monotonic()
        until(lambda: world.scalar("SELECT published FROM log_head") == len(ids), 30)
        assert time.monotonic() - began < 15, "publishing goes on within 15 s of the port's opening"
    finally:
        stopping.set()
        thread.join()
    connection = connect(url, "test")
    channel, found = connection.channel(), set()
    while (message := channel.basic_get("deals.free.v1", no_ack=True)) is not None:
        found.add(message.properties["message_id"])
    connection.close()
    assert ids <= found
