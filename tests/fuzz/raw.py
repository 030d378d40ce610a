"""Bytes that are no request: what HTTP/1.1 and HTTP/2 servers must survive, whatever they answer."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATH = b"/prm.deals.v1.Registrations/ListRegistrations"
SECONDS = 0.15
LINES = (
    b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET\r\n\r\n", b"\0" * 200, b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /" + b"a" * 90_000 + b" HTTP/1.1\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET // HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"POST /v1/registrations HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"POST /v1/registrations HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"POST /v1/registrations HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
    b"POST /signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n", b"POST /signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 90_000 + b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 2_000 + b"\r\n", b"GET / HTTP/1.1\r\nHost : x\r\n folded\r\n\r\n",
    b"GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /static/..%2f..%2fapp.py HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    PREFACE, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)  # fmt: skip


def http_noise(chance: random.Random) -> bytes:
    """One of the classics, sometimes cut or flipped."""
    line = chance.choice(LINES)
    if chance.random() < 0.4:
        out = bytearray(line)
        out[chance.randrange(len(out))] = chance.randrange(256)
        line = bytes(out[: chance.randrange(1, len(out) + 1)])
    return line


def frames(chance: random.Random) -> bytes:
    """An HTTP/2 connection with one gRPC call, in which something is not as it should be."""
    message = chance.randbytes(chance.choice((0, 1, 50)))
    flag, length = chance.choice((0, 0, 1, 2, 255)), chance.choice((len(message), len(message), len(message) + 5, 2**31, 2**32 - 1, 0))
    data = bytes([flag]) + length.to_bytes(4, "big") + message
    parts = [
        _frame(4, 0, 0, b""),
        _frame(1, 4, 1, _headers(chance)),
        _frame(0, chance.choice((0, 1)), 1, data[: chance.choice((2, 5, len(data)))]),
    ]
    if chance.random() < 0.4:
        parts.insert(chance.randrange(len(parts) + 1), _odd_frame(chance))
    return PREFACE + b"".join(parts)


def _odd_frame(chance: random.Random) -> bytes:
    kind, flags, stream = chance.randrange(12), chance.randrange(256), chance.choice((0, 1, 2, 3, 2**31 - 1))
    return _frame(kind, flags, stream, chance.randbytes(chance.choice((0, 1, 4, 6, 8, 60))))


def _headers(chance: random.Random) -> bytes:
    names: list[tuple[bytes, bytes]] = [
        (b":method", chance.choice((b"POST", b"POST", b"GET", b"PUT"))),
        (b":scheme", chance.choice((b"http", b"ftp"))),
        (
            b":path",
            chance.choice(
                (PATH, PATH, b"/", b"", b"//", b"/a/b/c", PATH + b"?x=1", b"/prm.deals.v1.Registrations/", b"*", b"/" + b"a" * 9_000)
            ),
        ),
        (b":authority", b"x"),
        (
            b"content-type",
            chance.choice((b"application/grpc", b"application/grpc", b"application/json", b"text/html", b"application/grpc+json", b"")),
        ),
        (b"te", chance.choice((b"trailers", b"gzip"))),
        (b"grpc-timeout", chance.choice((b"5S", b"-1S", b"9999999999H", b"S", b"1n", b"5X"))),
        (b"grpc-encoding", chance.choice((b"identity", b"gzip", b"nothing"))),
        (b"authorization", chance.choice((b"", b"Bearer x", b"Bearer \xff", b"Bearer a\nb"))),
    ]
    if chance.random() < 0.3:
        names.pop(chance.randrange(len(names)))
    if chance.random() < 0.2:
        names.append(
            chance.choice(
                ((b"X-Upper", b"1"), (b"x" * 9_000, b"1"), (b"", b""), (b":path", PATH), (b"a-bin", b"!!"), (b"connection", b"close"))
            )
        )
    return b"".join(b"\x00" + _string(name) + _string(value) for name, value in names)


def _string(text: bytes) -> bytes:
    """HPACK, not compressed."""
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, out = len(text) - 127, bytearray([127])
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*out, rest]) + text


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def send(address: tuple[str, int], data: bytes) -> bytes:
    """What comes back within a moment; empty when the server says nothing or hangs up, as it may."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.settimeout(SECONDS)
        with suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(4_096)
    return b""
