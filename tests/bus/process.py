"""A real consumer or runner process with the test service: `python -m tests.bus.process consumer`; `stock` is nameko as it comes."""

import os
import sys

if sys.argv[1] in ("consumer", "stock"):
    import eventlet

    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
    eventlet.monkey_patch()

import signal
import threading
import time
from pathlib import Path

from chassis.settings import ServiceSettings
from chassis.telemetry.logs import setup_logs
from tests.bus import notes
from tests.bus.world import METRICS, SERVICE, World, subscriptions

CLOCK = os.environ.get("TEST_CLOCK")
WORLD = World(os.environ["TEST_URL"], os.environ["TEST_AMQP"], Path(CLOCK) if CLOCK else None)


def consume() -> int:
    from nameko.runners import ServiceRunner

    from chassis.consumer import host

    host.assert_cooperative()
    own = ServiceSettings(_env_prefix="PRM_TEST_ONLY_", database_url=WORLD.url)
    hosted = host.ConsumerHost(SERVICE, subscriptions(), own, WORLD.settings, WORLD.clock, METRICS)
    runner = ServiceRunner({"AMQP_URI": WORLD.amqp, "max_workers": own.consumer_connections})
    runner.add_service(hosted.nameko_service)
    host._stop_on_signals(runner, [hosted])
    return host._serve(runner, [hosted])


def run() -> int:
    runner, stopping = WORLD.runner(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    runner.start()
    print("runner_started", flush=True)
    while runner.alive() and not stopping.wait(0.2):
        pass
    runner.stop()
    return 0 if stopping.is_set() else 1


def stock() -> int:
    from tests.bus.stock import run_stock

    return run_stock(WORLD)


setup_logs("INFO")
notes.keep()
while (gate := os.environ.get("TEST_GATE")) and not Path(gate).exists():
    time.sleep(0.02)
sys.exit({"consumer": consume, "runner": run, "stock": stock}[sys.argv[1]]())
