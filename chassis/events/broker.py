"""A py-amqp connection of our own, for publishing and declaring; consuming goes through nameko."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AMQPError

CONNECT_SECONDS = 5
WRITE_SECONDS = 10
# Anything of these leaves it open what the broker has taken: the connection is dropped, never used again.
IN_DOUBT = (AMQPError, OSError, TimeoutError)


def addresses(url: str) -> list[str]:
    """The nodes of a cluster stand in one URL, separated by `;`."""
    return url.split(";")


def connect(url: str, name: str) -> amqp.Connection:
    """An open connection to the first node of `url` that answers.

    `url` is amqp:// or amqps://, several with `;` between them; `name` is shown in the broker's list. Raises one of IN_DOUBT.
    """
    *others, last = addresses(url)
    for address in others:
        with suppress(*IN_DOUBT):
            return _connected(address, name)
    return _connected(last, name)


def _connected(url: str, name: str) -> amqp.Connection:
    parts = urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port or (5671 if parts.scheme == 'amqps' else 5672)}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        login_method="PLAIN",
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl=parts.scheme == "amqps",
        client_properties={"connection_name": name},
        connect_timeout=CONNECT_SECONDS,
        write_timeout=WRITE_SECONDS,
    )
    try:
        connection.connect()
    except IN_DOUBT:
        drop(connection)  # one that was reset in the middle of the greeting keeps its socket otherwise
        raise
    return connection


def drop(connection: amqp.Connection) -> None:
    """Close the socket without a word: a close handshake would wait for a broker that may be silent."""
    with suppress(*IN_DOUBT):
        connection.collect()
