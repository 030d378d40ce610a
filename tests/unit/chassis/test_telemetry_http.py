"""The port that orchestrators and Prometheus ask."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from chassis.telemetry.http import serve


def test_ready_follows_what_it_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    state = {"ready": True}
    serve(address, lambda: state["ready"])
    with urllib.request.urlopen(f"http://{address}/ready", timeout=5) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        assert b"python_info" in answer.read()
    state["ready"] = False
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{address}/ready", timeout=5)
    assert refused.value.code == 503
    refused.value.close()
