"""The portal's pages need its static files: build them once, or skip where Node is missing."""

from __future__ import annotations

import shutil

import pytest

from gateway.portal.environment import DIST


@pytest.fixture(scope="session", autouse=True)
def assets() -> None:
    if shutil.which("node"):
        from cli.assets import build

        build()
    elif not DIST.exists():
        pytest.skip("the portal's static files are not built and Node is missing")
