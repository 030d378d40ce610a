"""A TCP proxy in front of PostgreSQL that lets a COMMIT through and drops its answer with the connection."""

from __future__ import annotations

import random
import select
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class CommitProxy:
    """Drops the answers of a share of all commits, `limit` at most. `url` is the way through the proxy."""

    def __init__(self, database_url: str, *, share: float, limit: int, seed: int) -> None:
        parts = urlsplit(database_url)
        self._target = (parts.hostname, parts.port)
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        user, _, _ = parts.netloc.rpartition("@")
        self.url = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self._server.getsockname()[1]}"))
        self._share, self._limit, self._dice, self._lock = share, limit, random.Random(seed), threading.Lock()
        self.dropped, self._ended = 0, False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._ended:
            with suppress(OSError):
                client, _ = self._server.accept()
                server = socket.create_connection(self._target)
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        """Until one side ends, or an answer is to be dropped."""
        with client, server, suppress(OSError):
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if server in ready and not _passed(server, client):
                    return
                if client in ready:
                    data = client.recv(65536)
                    server.sendall(data)
                    if not data:
                        return
                    if b"COMMIT" in data and self._chosen():
                        server.recv(65536)  # it is committed now, and nobody is told
                        return

    def _chosen(self) -> bool:
        with self._lock:
            if self.dropped >= self._limit or self._dice.random() >= self._share:
                return False
            self.dropped += 1
            return True

    def close(self) -> None:
        self._ended = True
        self._server.close()


def _passed(source: socket.socket, target: socket.socket) -> bool:
    data = source.recv(65536)
    target.sendall(data)
    return bool(data)
