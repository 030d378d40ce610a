"""Requests are validated by the annotations in the contracts, before anything else looks at them."""

from __future__ import annotations

import protovalidate
from google.protobuf.message import Message

from chassis.errors import FieldViolation, InvalidArgument

MAX_VIOLATIONS = 20


def validate(request: Message) -> None:
    """Raises InvalidArgument naming every field that breaks its rule."""
    violations = protovalidate.collect_violations(request)
    if not violations:
        return
    fields = [FieldViolation(_path(item), item.proto.message, item.proto.rule_id) for item in violations[:MAX_VIOLATIONS]]
    raise InvalidArgument("; ".join(f"{item.field}: {item.text}" for item in fields[:3]), fields=fields)


def _path(violation: protovalidate.Violation) -> str:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}"
        subscript = element.subscript
        if subscript is not None:
            path += f"[{subscript.value}]"
    return path.lstrip(".")
