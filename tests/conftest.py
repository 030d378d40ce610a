"""Fixtures of the integration tests: the real parts, started when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local import postgres as postgres_part
from tests.stack import Databases, Run, Stack

RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # xdist's workers share what their controller holds
        config.stash[RUN] = Run()
        config.stash[RUN].join()


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in config.stash:
        config.stash[RUN].leave()


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack()


@pytest.fixture(scope="module")
def postgres(stack: Stack) -> Iterator[Databases]:
    """Databases of this module: `postgres.service("deals")` migrated, `postgres.empty()` bare."""
    stack.ensure(postgres_part.part(stack.layout, durable=False))
    databases = Databases(stack.layout)
    yield databases
    databases.drop()
