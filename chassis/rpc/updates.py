"""Which fields an update changes (AIP-134)."""

from __future__ import annotations

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.errors import InvalidArgument


def fields_to_change(message: Message, mask: FieldMask, allowed: Collection[str]) -> tuple[str, ...]:
    """Names from `allowed`, in its order: those the mask names, `*` being all; without a mask those that are set.

    Fields that only the server sets may stand in the message, as in one that was read before, and are left alone; naming
    one in the mask raises InvalidArgument.
    """
    named = set(mask.paths)
    if "*" in named:
        return tuple(allowed)
    for path in mask.paths:
        if path not in allowed:
            raise InvalidArgument.field("update_mask", f"{path[:60]!r} cannot be changed here; name {', '.join(allowed)}")
    if not named:
        named = {field.name for field, _ in message.ListFields()}
    return tuple(name for name in allowed if name in named)
