"""Keyset pages: opaque signed tokens, an allow-list of filters and orders (AIP-132, AIP-158, a subset of AIP-160)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidArgument

DEFAULT_SIZE = 50
MAX_CONDITIONS = 10
OPERATORS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_CONDITION = re.compile(r"""\s*([a-z_.]+)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|[^\s"]+)\s*""")
_AND = re.compile(r"AND\b\s*")


@dataclass(frozen=True)
class Condition:
    """`field operator value` of a filter; the operator is eq, ne, lt, lte, gt or gte."""

    field: str
    operator: str
    value: str


def parse_filter(text: str, allowed: Mapping[str, Sequence[str]]) -> list[Condition]:
    """`status = IN_REVIEW AND organization_id = "org_…"` → conditions.

    `allowed` names the fields and the operators each may have, as written. Raises InvalidArgument naming what is wrong
    and what may be used.
    """
    conditions: list[Condition] = []
    place = 0
    while place < len(text) and text[place:].strip():
        match = _CONDITION.match(text, place)
        if match is None:
            raise InvalidArgument.field("filter", f'write it as field = value, at "{text[place : place + 20]}"')
        conditions.append(_condition(match, allowed))
        place = _after_and(text, match.end())
    if len(conditions) > MAX_CONDITIONS:
        raise InvalidArgument.field("filter", f"has more than {MAX_CONDITIONS} conditions")
    return conditions


def _condition(match: re.Match[str], allowed: Mapping[str, Sequence[str]]) -> Condition:
    name, operator, value = match.groups()
    if name not in allowed:
        raise InvalidArgument.field("filter", f"cannot filter by {name}; use {', '.join(sorted(allowed))}")
    if operator not in allowed[name]:
        raise InvalidArgument.field("filter", f"{name} goes with {', '.join(allowed[name])}, not {operator}")
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return Condition(name, OPERATORS[operator], value)


def _after_and(text: str, place: int) -> int:
    if place >= len(text):
        return place
    joined = _AND.match(text, place)
    if joined is None or not text[joined.end() :].strip():
        raise InvalidArgument.field("filter", "join conditions with AND")
    return joined.end()


def parse_order(text: str, allowed: Sequence[str]) -> str:
    """One of the allowed spellings, such as `create_time desc`; the first of them when the text is empty."""
    wanted = " ".join(text.split()) or allowed[0]
    if wanted not in allowed:
        raise InvalidArgument.field("order_by", f"use one of {', '.join(allowed)}")
    return wanted


class PageTokens:
    """Signs where a page ended together with what was asked, so that a token fits only its own question."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def sign(self, after: Sequence[Any], question: str) -> str:
        """The token of the next page. `after` is the sort key of the last row, JSON values."""
        body = json.dumps(list(after), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(body, question) + body).decode().rstrip("=")

    def open(self, token: str, question: str) -> list[Any] | None:
        """The sort key to go on after; None for the first page. Raises InvalidArgument for a foreign token."""
        if not token:
            return None
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            if hmac.compare_digest(raw[:16], self._mac(raw[16:], question)):
                return list(json.loads(raw[16:]))
        except (binascii.Error, ValueError):
            pass
        raise InvalidArgument.field("page_token", "does not belong to this list; leave it out to begin anew")

    def _mac(self, body: bytes, question: str) -> bytes:
        return hmac.new(self._key, question.encode() + b"\0" + body, hashlib.sha256).digest()[:16]
