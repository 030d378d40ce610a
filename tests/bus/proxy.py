"""A TCP proxy in front of the broker that can be cut, silenced and mended."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Forwards connections to the broker of an AMQP URL. `url` is the way through the proxy."""

    def __init__(self, amqp_url: str) -> None:
        parts = urlsplit(amqp_url)
        self._target = (parts.hostname, parts.port)
        self._server = socket.create_server(("127.0.0.1", 0))
        user, _, _ = parts.netloc.rpartition("@")
        self.url = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self._server.getsockname()[1]}"))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._open, self._flowing, self._ended = True, threading.Event(), False
        self._flowing.set()
        self.passed = 0
        self.cut_after: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._ended:
            with suppress(OSError):
                client, _ = self._server.accept()
                if not self._open:
                    client.close()
                    continue
                broker = socket.create_connection(self._target)
                self._pairs.append((client, broker))
                threading.Thread(target=self._forward, args=(client, broker), daemon=True).start()

    def _forward(self, client: socket.socket, broker: socket.socket) -> None:
        with selectors.DefaultSelector() as selector, suppress(OSError, ValueError, KeyError):
            selector.register(client, selectors.EVENT_READ, broker)
            selector.register(broker, selectors.EVENT_READ, client)
            while not self._ended:
                for key, _ in selector.select(0.2):
                    self._flowing.wait()
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(65536)
                    if not data:
                        raise OSError
                    if key.fileobj is client:
                        self.passed += len(data)
                        if self.cut_after is not None and self.passed >= self.cut_after:
                            self.cut_after = None
                            raise OSError
                    key.data.sendall(data)
        client.close()
        broker.close()

    def cut(self) -> None:
        """Drop all connections and refuse new ones."""
        self._open = False
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def silence(self) -> None:
        """Keep connections open and forward nothing."""
        self._flowing.clear()

    def mend(self) -> None:
        """Forward again and take new connections."""
        self._open = True
        self._flowing.set()

    def close(self) -> None:
        self._ended = True
        self._flowing.set()
        self.cut()
        self._server.close()
