"""JSON and query text that is nearly right."""

from __future__ import annotations

import random

PIECES = (
    b"\xff", b"\x00", b'"', b"}", b"{", b"]", b"[", b",", b":", b"NaN", b"-Infinity", b"\\ud800", b"\\u0000", b"9" * 400, b"1e99999", b"[" * 60_000, b'{"a":' * 20_000,
    b'"id":"x",', b"\xef\xbb\xbf", b"\xed\xa0\x80", b"null", b"true", b"//", b"\r\n", b"'", b"-0", b"0x1", b"1.", b'"\\', b"\\u00", b"\xc2\xa0",
)  # fmt: skip
QUERIES = (
    "?page_size=x", "?page_size=1&page_size=2", "?a.b.c=1", "?%FF=%FF", "?filter=" + "(" * 2_000, "?page_token=" + "A" * 500, "?order_by=;", "?" + "a=b&" * 500, "?=", "?&&&",
    "?update_mask=*", "?at=now", "?after=-1", "?id=%00", "?ids=1&ids=2", "?x=%F0%9F%A7%A8", "?filter=status%20%3D%20APPROVED", "?search=%25%5f", "?page_size=" + "9" * 5_000,
)  # fmt: skip


def mutated(chance: random.Random, body: bytes) -> bytes:
    """One to four cuts, insertions and exchanges."""
    if chance.random() < 0.05:
        return body.decode().encode(chance.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7")))
    out = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 4))):
        kind, at = chance.randrange(4), chance.randrange(len(out) + 1)
        if kind == 0:
            out[at:at] = chance.choice(PIECES)
        elif kind == 1:
            del out[at : at + chance.choice((1, 2, 20))]
        elif kind == 2:
            del out[at:]
        else:
            out[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(out)


def query(chance: random.Random) -> str:
    """Something to hang on a path."""
    return chance.choice(QUERIES)


def oversized(chance: random.Random) -> bytes:
    """About as much as is taken, or more; of the kinds that are dear to read."""
    size = chance.choice((1_000_000, 1_048_576, 1_048_577, 3_000_000))
    piece = chance.choice(
        (
            b'{"a":"' + b"x" * size + b'"}',
            b"[" * size,
            b'{"a":[' + b"1," * (size // 2) + b"1]}",
            b"1" * size,
            b'"' + b"\\u0041" * (size // 6) + b'"',
        )
    )
    return piece
