"""Requests are validated by the annotations in the contracts, before anything else looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import protovalidate
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from chassis.errors import FieldViolation, InvalidArgument

MAX_VIOLATIONS = 20


def validate(request: Message) -> None:
    """Raises InvalidArgument naming every field that breaks its rule, and every text with a NUL, which no database takes."""
    violations = protovalidate.collect_violations(request)
    fields = [FieldViolation(_path(item), item.proto.message, item.proto.rule_id) for item in violations[:MAX_VIOLATIONS]]
    fields += [FieldViolation(path, "must not contain the character NUL", "string.nul") for path in _nul_paths(request)]
    if not fields:
        return
    raise InvalidArgument("; ".join(f"{item.field}: {item.text}" for item in fields[:3]), fields=fields)


def _nul_paths(message: Message, prefix: str = "") -> Iterator[str]:
    if b"\0" not in message.SerializeToString():
        return
    for field, value in message.ListFields():
        for path, item in _items(f"{prefix}{field.name}", field, value):
            if isinstance(item, str) and "\0" in item:
                yield path
            elif isinstance(item, Message):
                yield from _nul_paths(item, f"{path}.")


def _items(path: str, field: FieldDescriptor, value: Any) -> list[tuple[str, Any]]:
    """What a field holds, each with its path."""
    if not field.is_repeated:
        return [(path, value)]
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return [(f"{path}[{key!r}]", item) for key, entry in value.items() for item in (key, entry)]
    return [(f"{path}[{place}]", item) for place, item in enumerate(value)]


def _path(violation: protovalidate.Violation) -> str:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}"
        subscript = element.subscript
        if subscript is not None:
            path += f"[{subscript.value}]"
    return path.lstrip(".")
