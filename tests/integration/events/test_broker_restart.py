"""A broker of the test's own is killed while events are published, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.events.broker import connect
from chassis.events.topology import declare
from deploy.local import rabbitmq
from deploy.local.layout import Layout, claim
from deploy.local.parts import start
from deploy.local.strays import end_strays
from tests.integration.events.world import NAME, World, approved, until


@dataclass
class OwnBroker:
    """RabbitMQ with data and ports of its own."""

    layout: Layout
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = start(self.layout, rabbitmq.part(self.layout))

    def kill(self) -> None:
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    found = OwnBroker(claim(tmp_path / "stack"))
    found.start()
    yield found
    end_strays(found.layout)
    if found.process:
        found.process.wait()


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
    assert found == ids
