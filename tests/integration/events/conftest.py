"""A database with the chassis' tables and a virtual host with the test service's queues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from chassis.store.migrations import _grant, create_chassis_tables
from tests.bus.world import World, metadata
from tests.stack import Databases


@pytest.fixture(scope="module")
def shared_world(postgres: Databases, rabbitmq: str) -> Iterator[World]:
    urls = postgres.empty("deals")
    engine = sa.create_engine(urls.owner, poolclass=sa.NullPool)
    with engine.begin() as connection:
        create_chassis_tables(connection)
        metadata.create_all(connection)
        _grant(connection, "prm_deals")
    world = World(urls.runtime, rabbitmq)
    world.owner_url = urls.owner
    world.declare()
    yield world
    world.database.close()


@pytest.fixture
def world(shared_world: World) -> World:
    shared_world.empty()
    return shared_world
