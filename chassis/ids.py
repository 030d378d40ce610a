"""Typed, sortable ids: `reg_01J…` is a prefix and a UUIDv7 (RFC 9562) in Crockford's base 32."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26


def new_uuid(at: datetime) -> UUID:
    """A UUIDv7 of this time: 48 bits of milliseconds, 74 random bits."""
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    random = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


def new_id(prefix: str, at: datetime) -> str:
    """An id such as `reg_01JD…`; later ids sort after earlier ones."""
    number = new_uuid(at).int
    return prefix + "_" + "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH - 1, -1, -1))


def is_id(prefix: str, text: str) -> bool:
    """Whether the text has the form of such an id; says nothing about whether it exists."""
    head, _, tail = text.partition("_")
    return head == prefix and len(tail) == LENGTH and all(character in ALPHABET for character in tail)
