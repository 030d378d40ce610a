"""A real consumer or runner process with the test service: `python -m tests.integration.events.process consumer`."""

import os
import sys

if sys.argv[1] == "consumer":
    import eventlet

    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
    eventlet.monkey_patch()

import signal
import threading

from chassis.settings import ServiceSettings
from chassis.telemetry.logs import setup_logs
from tests.integration.events.world import METRICS, SERVICE, World, subscriptions

WORLD = World(os.environ["TEST_URL"], os.environ["TEST_AMQP"])


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


setup_logs("INFO")
sys.exit(consume() if sys.argv[1] == "consumer" else run())
