"""One suite and one programme for all system tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import base_url, browser_type_launch_args
from tests.system import world as worlds
from tests.system.suite import Suite, running

__all__ = ["base_url", "browser_type_launch_args", "suite", "world"]


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A running suite without data."""
    with running(tmp_path_factory.mktemp("suite")) as found:
        yield found


@pytest.fixture(scope="session")
def world(suite: Suite) -> worlds.World:
    """The suite with a small programme in it."""
    return worlds.build(suite)
