"""Messages as JSON: the contract's names, every field there, what is hidden from the caller null."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from starlette.responses import Response

from gateway.transcoding.wellknown import FILLERS

MASKED = "masked_fields"
JSON = "application/json"


def to_json(message: Message) -> Any:
    """The message as JSON values, in the order of the contract. 64-bit integers are texts (protobuf's JSON mapping)."""
    value = json_format.MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return _shaped(message.DESCRIPTOR, value)


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
    if descriptor.full_name in FILLERS:
        return value
    hidden = value.get(MASKED) or ()
    return {
        field.name: None if field.name in hidden else _shaped_field(field, value[field.name])
        for field in descriptor.fields
        if field.name in value or field.name in hidden
    }


def _shaped_field(field: FieldDescriptor, value: Any) -> Any:
    inner = field.message_type
    if inner is None or inner.GetOptions().map_entry:
        return value
    return [_shaped(inner, item) for item in value] if field.is_repeated else _shaped(inner, value)
