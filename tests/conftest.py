"""Fixtures of the integration tests: the real parts, started when first asked for."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from deploy.local import opa as opa_part
from deploy.local import postgres as postgres_part
from deploy.local import rabbitmq as rabbitmq_part
from deploy.local import store as store_part
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


@pytest.fixture(scope="module")
def rabbitmq(stack: Stack) -> Iterator[str]:
    """The AMQP URL of a virtual host of this module's own, on a real broker."""
    stack.ensure(rabbitmq_part.part(stack.layout))
    name = f"t{uuid.uuid4().hex[:12]}"
    rabbitmq_part.make_vhost(stack.layout, name)
    yield rabbitmq_part.url(stack.layout, name)
    rabbitmq_part.drop_vhost(stack.layout, name)


@pytest.fixture(scope="session")
def opa(stack: Stack) -> str:
    """The URL of a real OPA with the signed bundle of policies/ active."""
    stack.ensure(opa_part.part(stack.layout))
    return opa_part.url(stack.layout)


@pytest.fixture(scope="session")
def s3(stack: Stack) -> store_part.Access:
    """A real object store: SeaweedFS, or MinIO with PRM_STORE=minio."""
    stack.ensure(store_part.part(stack.layout, os.environ.get("PRM_STORE", "seaweedfs")))
    return store_part.access(stack.layout)
