"""Messages as JSON: the contract's names, every field there, what is hidden from the caller null."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from starlette.responses import Response

from gateway.transcoding.wellknown import FILLERS

MASKED = "masked_fields"
JSON = "application/json"


def to_json(message: Message) -> Any:
    """The message as JSON values, in the order of the contract. 64-bit integers are texts (protobuf's JSON mapping)."""
    return _shaped(message.DESCRIPTOR, json_format.MessageToDict(message, preserving_proto_field_name=True))


def dump(value: Any) -> str:
    """JSON text, as short as it gets."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def answer(message: Message, if_none_match: str = "") -> Response:
    """The HTTP answer, with the object's etag; 304 without a body when the caller has this version already."""
    etag = getattr(message, "etag", "") if "etag" in message.DESCRIPTOR.fields_by_name else ""
    headers = {"ETag": etag} if etag else {}  # etags of the contracts are quoted already (AIP-154)
    if etag and etag in (part.strip() for part in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(dump(to_json(message)), media_type=JSON, headers=headers)


def _shaped(descriptor: Any, value: Any) -> Any:
    """A masked number is not 0 and a masked text not empty: they are not said, so they are null."""
    shape = _shape(descriptor)
    said, hidden = shape.unset | value, value.get(MASKED) or ()
    found = {name: None if name in hidden else said[name] for name in shape.names if name in said or name in hidden}
    for field in shape.objects:
        item = found.get(field.name)
        if item is not None:
            found[field.name] = (
                [_shaped(field.message_type, one) for one in item] if field.is_repeated else _shaped(field.message_type, item)
            )
    return found


class _Shape(NamedTuple):
    """A message type: its fields in the order of the contract, what those say that are not set, those that are objects of fields."""

    names: tuple[str, ...]
    unset: dict[str, Any]
    objects: tuple[FieldDescriptor, ...]


@cache
def _shape(descriptor: Descriptor) -> _Shape:
    empty = message_factory.GetMessageClass(descriptor)()
    unset = json_format.MessageToDict(empty, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    fields = descriptor.fields
    return _Shape(tuple(field.name for field in fields), unset, tuple(field for field in fields if _is_object(field.message_type)))


def _is_object(of: Descriptor | None) -> bool:
    return of is not None and of.full_name not in FILLERS and not of.GetOptions().map_entry
