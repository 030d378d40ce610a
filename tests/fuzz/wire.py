"""Bytes that are nearly a message: cut, flipped, nested, mislabelled, too long."""

from __future__ import annotations

import random
from collections.abc import Callable

DEEP = (1, 99, 101, 5_000, 100_000)
TOO_LARGE = 4 * 1024 * 1024 + 1  # one more than a service takes


def mutated(chance: random.Random, body: bytes) -> bytes:
    """One to three changes."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        body = chance.choice(_CHANGES)(chance, body)
    return body


def truncated(chance: random.Random, body: bytes) -> bytes:
    """The beginning of it."""
    return body[: chance.randrange(len(body) or 1)]


def oversized(chance: random.Random, body: bytes) -> bytes:
    """More than is taken, or as much as is: an unknown field, or the last one once more, of some megabytes."""
    size = chance.choice((TOO_LARGE, TOO_LARGE - 4096 - len(body), 300_000, 1_000_000))
    field = chance.choice((1, 2, 3, 999))
    return body + _tag(field, 2) + _varint(size) + chance.choice((b"x", b" ", b"\0", b"\xc3")) * size


def _flip(chance: random.Random, body: bytes) -> bytes:
    out = bytearray(body or b"\0")
    for _ in range(chance.choice((1, 2, 8))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _insert(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.randbytes(chance.choice((1, 3, 40))) + body[at:]


def _nested(chance: random.Random, body: bytes) -> bytes:
    """Groups, or messages in messages, deeper than any reader goes."""
    depth = chance.choice(DEEP)
    if chance.random() < 0.5:
        return body + _tag(1, 3) * depth + (_tag(1, 4) * depth if chance.random() < 0.5 else b"")
    inner = b""
    for _ in range(min(depth, 2_000)):
        inner = _tag(1, 2) + _varint(len(inner)) + inner
    return body + inner


def _mislabelled(chance: random.Random, body: bytes) -> bytes:
    """A field with the wrong wire type."""
    return body + _tag(chance.choice((1, 2, 3, 14, 15)), chance.choice((0, 1, 5, 6, 7))) + chance.randbytes(8)


def _lying(chance: random.Random, body: bytes) -> bytes:
    """A length beyond what follows, or a number that never ends."""
    return body + _tag(1, 2) + chance.choice((b"\xff" * 4 + b"\x0f", b"\x80" * 12, _varint(2**31), _varint(2**40)))


def _not_text(chance: random.Random, body: bytes) -> bytes:
    """Text that is no UTF-8: a lone surrogate, an overlong slash, half a character."""
    text = chance.choice((b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82", b"\xff\xfe", b"\xf4\x90\x80\x80"))
    return body + _tag(chance.choice((1, 2, 3, 15)), 2) + _varint(len(text)) + text


def _twice(chance: random.Random, body: bytes) -> bytes:
    return body * chance.choice((2, 3, 50))


def _noise(chance: random.Random, body: bytes) -> bytes:
    return chance.randbytes(chance.choice((1, 20, 3_000)))


_CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _flip,
    _insert,
    _nested,
    _mislabelled,
    _lying,
    _not_text,
    _twice,
    _noise,
    truncated,
)


def _tag(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
