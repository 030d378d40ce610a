"""One service for all tests of a module; each test makes its own customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.integration.deals.world import START, World
from tests.stack import Databases


@pytest.fixture(scope="module")
def shared_world(postgres: Databases, opa: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = World(postgres.service("deals"), opa, tmp_path_factory.mktemp("deals"))
    yield found
    found.close()


@pytest.fixture
def world(shared_world: World) -> World:
    """The service on a Tuesday morning; time only ever goes on, so each test begins later than the one before ended."""
    while shared_world.clock.now() > START + timedelta(minutes=5):
        shared_world.move_to(START)
    return shared_world
