"""Well-known types whose JSON is not an object of their fields: times, durations, field masks, free JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from gateway.transcoding.values import Wrong

_PATH = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*")
_CAPITAL = re.compile(r"[A-Z]")


def _time(message: Message, value: Any) -> None:
    _from_text(message, value, "must be a time such as 2026-05-31T17:00:00Z")


def _duration(message: Message, value: Any) -> None:
    _from_text(message, value, "must be a duration such as 90s")


def _from_text(message: Any, value: Any, wrong: str) -> None:
    if not isinstance(value, str) or len(value) > 64 or not value.isascii():
        raise Wrong(wrong)
    try:
        message.FromJsonString(value)
    except (ValueError, OverflowError):
        raise Wrong(wrong) from None


def _mask(message: Any, value: Any) -> None:
    """Names as in the contracts or in camel case; `*` is not a mask of ours."""
    if not isinstance(value, str):
        raise Wrong("must be field names with commas between them")
    paths = [path.strip() for path in value.split(",")] if value else []
    if not all(_PATH.fullmatch(path) for path in paths):
        raise Wrong("must be field names with commas between them")
    message.paths.extend(_CAPITAL.sub(lambda found: "_" + found.group().lower(), path) for path in paths)
    message.SetInParent()


def _free(message: Message, value: Any) -> None:
    try:
        json_format.ParseDict(value, message)
    except (json_format.ParseError, ValueError, TypeError, AttributeError):
        raise Wrong("must be JSON") from None


FILLERS: dict[str, Callable[[Message, Any], None]] = {
    "google.protobuf.Timestamp": _time,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Struct": _free,
    "google.protobuf.Value": _free,
    "google.protobuf.ListValue": _free,
}
AS_TEXT = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"})
