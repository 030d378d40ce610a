"""In a consumer's process one waiting call must not stop the others."""

from __future__ import annotations

import importlib
import sys
import time

import eventlet
import eventlet.patcher
import psycopg
import pytest

from chassis.events.subscriptions import subscriptions_of
from chassis.settings import SERVICES
from tests.stack import Databases, DatabaseUrls


@pytest.fixture(scope="module")
def urls(postgres: Databases) -> DatabaseUrls:
    return postgres.empty("deals")


def test_this_process_is_patched() -> None:
    assert eventlet.patcher.is_monkey_patched("socket")


def test_waiting_for_the_database_lets_others_work(urls: DatabaseUrls) -> None:
    def ask() -> None:
        with psycopg.connect(urls.runtime.replace("+psycopg", "")) as connection:
            connection.execute("SELECT pg_sleep(0.5)")

    started = time.monotonic()
    threads = [eventlet.spawn(ask) for _ in range(6)]
    for thread in threads:
        thread.wait()
    assert time.monotonic() - started < 2.0


@pytest.mark.parametrize("service", SERVICES)
def test_a_consumer_brings_no_grpc_along(service: str) -> None:
    importlib.import_module(f"services.{service}.service")
    subscriptions_of(service)  # imports its consumer, where it has one
    assert "grpc" not in sys.modules
