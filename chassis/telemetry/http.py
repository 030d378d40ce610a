"""The port of a consumer or runner: `/metrics` for Prometheus, `/ready` for the orchestrator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is no news."""


def serve(listen: str, ready: Callable[[], bool]) -> None:
    """Listen on `host:port` in threads of their own; nothing happens for an empty address."""
    if not listen:
        return
    metrics = make_wsgi_app()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/ready":
            return list(metrics(environ, start_response))
        start_response("200 OK" if ready() else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b""]

    host, _, port = listen.rpartition(":")
    server = make_server(host, int(port), answer, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
