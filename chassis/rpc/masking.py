"""A masked field stays masked everywhere: answers are walked once, guided by the `(prm.resource)` of their messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from prm import options_pb2

from chassis.rpc.access import resource

MasksOf = Callable[[str], Mapping[str, Any]]


def apply_masks(message: Message, masks_of: MasksOf) -> None:
    """Clear the masked fields of every row shown in the message and name them in its `masked_fields`.

    `masks_of(resource)` → fields hidden from the reader.
    """
    shown = resource(message)
    if shown:
        _mask(message, masks_of(shown))
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE and shows_rows(field.message_type):
            for item in _messages(field, value):
                apply_masks(item, masks_of)


def _mask(message: Message, hidden: Mapping[str, Any]) -> None:
    names = [name for name in hidden if name in message.DESCRIPTOR.fields_by_name]
    for name in names:
        message.ClearField(name)
    if names and "masked_fields" in message.DESCRIPTOR.fields_by_name:
        message.masked_fields.extend(sorted(names))  # type: ignore[attr-defined]  # just looked up


def _messages(field: FieldDescriptor, value: Any) -> list[Message]:
    if not field.is_repeated:
        return [value]
    if isinstance(value, Mapping):
        return [item for item in value.values() if isinstance(item, Message)]
    return list(value)


@cache
def shows_rows(descriptor: Descriptor) -> bool:
    """Whether a message of this type can show a row somewhere inside."""
    return _shows_rows(descriptor, frozenset())


def _shows_rows(descriptor: Descriptor, seen: frozenset[str]) -> bool:
    if descriptor.GetOptions().Extensions[options_pb2.resource]:
        return True
    if descriptor.full_name in seen:
        return False
    inner = [field.message_type for field in descriptor.fields if field.message_type is not None]
    return any(_shows_rows(item, seen | {descriptor.full_name}) for item in inner)
