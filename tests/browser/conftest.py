"""A real browser. `stage` serves every page before invented services; tests/system/test_portal.py has the real ones."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from tests.portal import stage as stages

CHROMIUM = os.environ.get("PRM_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium: the one that playwright would download cannot be had everywhere."""
    if CHROMIUM is None:
        pytest.skip("chromium is missing")
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]}


@pytest.fixture(scope="session")
def stage() -> Iterator[str]:
    """The address of a stage of this test run."""
    from cli.assets import build

    build()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(stages.app(stages.by_cookie), log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
def base_url() -> str:
    """None: tests name the address they visit. (The plugin's own fixture of this name warns under this pytest.)"""
    return ""
