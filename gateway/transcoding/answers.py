"""Messages as JSON: the contract's names, every field there, what is hidden from the caller null."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.responses import Response

MASKED = "masked_fields"
JSON = "application/json"


def to_json(message: Message) -> Any:
    """The message as JSON values. 64-bit integers are texts, as the protobuf JSON mapping has it."""
    value = json_format.MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    _hide(value)
    return value


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


def _hide(value: Any) -> None:
    """A masked number is not 0 and a masked text not empty: they are not said."""
    if isinstance(value, list):
        for item in value:
            _hide(item)
    elif isinstance(value, dict):
        hidden = value.get(MASKED) or ()
        for name, item in value.items():
            if name in hidden:
                value[name] = None
            else:
                _hide(item)
