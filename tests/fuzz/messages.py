"""Request messages from their descriptors: plausible ones, and the same with fields exchanged for what does not belong there."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

TEXTS = (
    "", " ", "\0", "a\0b", "x" * 300, "x" * 20_000, "ä" * 5_000, "😀" * 200, "\u202e\u2066", "\ufeff", "\r\nX: y", "\x1b[31m", "'; --", "%_%", "../..",
    "${jndi:x}", "{{7*7}}", "<script>", "=1+1", "status = APPROVED", 'status = "x" AND', "create_time desc, id", 'create_time > "x"', "null", "*",
    "DE", "EUR", "Europe/Berlin", "en", "a@b.example", "example.com", "9" * 400, "-1", "1e400", "²", "İ", "ﬁ", "\u0130" * 200, "a." * 120, "@" * 250,
)  # fmt: skip
INT32 = (0, 1, -1, 2, 99, 200, 201, 2**31 - 1, -(2**31))
INT64 = (0, 1, -1, 10**15 + 1, 2**53, 2**62, 2**63 - 1, -(2**63))
REALS = (0.0, -0.0, 1.5, -1.0, 100.0, 100.01, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"))
MASKS = (
    "*",
    "",
    "id",
    "name",
    "state",
    "status",
    "customer",
    "customer.name",
    "a.b.c",
    "Name",
    "org_id",
    "owner_id",
    "version",
    "x" * 3000,
    "..",
)
TYPES_32 = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SFIXED32}
TYPES_64 = {FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64, FieldDescriptor.TYPE_SFIXED64}
UNSIGNED = {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED32, FieldDescriptor.TYPE_FIXED64}
REAL = {FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT}
PLAUSIBLE = {
    "name": "Fuzz GmbH", "title": "A title", "email": "fuzz@fuzz.example", "domain": "fuzz.example", "domains": "fuzz.example", "country": "DE",
    "town": "Emden", "time_zone": "Europe/Berlin", "language": "en", "currency_code": "EUR", "product_families": "halo_c12", "reason": "compliance",
    "rule": "other_registration", "text": "A text of some length.", "evidence_note": "Walked line 2 with the plant manager twice.", "etag": '"1"',
    "service": "deals", "types": "reseller", "roles": "partner_sales", "tier": "silver", "code": "FUZZ-1", "content_type": "application/pdf",
    "filter": "", "order_by": "", "page_token": "", "update_mask": "name", "resource": "registration", "action": "read", "tax_id": "",
}  # fmt: skip
SIZES = {"page_size": 10, "nanos": 0, "year": 2027, "month": 3, "day": 26, "units": 120_000, "after": 0, "hours": 8}


class Maker:
    """Messages out of one source of chance. `ids` are of objects that may be harmed."""

    def __init__(self, chance: random.Random, ids: Sequence[str]) -> None:
        self._chance, self._ids = chance, list(ids) or ["x_1"]

    def plausible(self, kind: type[Message]) -> Message:
        """A request as a client might send it; whether it fits the state of things is another matter."""
        message = kind()
        self._fill(message, 0)
        return message

    def mutated(self, kind: type[Message]) -> Message:
        """A plausible one with one to four fields that hold what they should not."""
        message = self.plausible(kind)
        for _ in range(self._chance.choice((1, 1, 2, 4))):
            places = list(_places(message))
            if places:
                self._spoil(*self._chance.choice(places))
        return message

    def _fill(self, message: Message, depth: int) -> None:
        for field in message.DESCRIPTOR.fields:
            needed = field.name in ("request_id", "id", "service") or depth == 0
            if _is_map(field) or depth > 4 or self._chance.random() > (0.9 if needed else 0.7):
                continue
            if field.is_repeated:
                self._append(message, field, depth)
            elif field.message_type is not None:
                getattr(message, field.name).SetInParent()
                self._fill(getattr(message, field.name), depth + 1)
            else:
                setattr(message, field.name, self._usual(field))

    def _append(self, message: Message, field: Any, depth: int) -> None:
        items = getattr(message, field.name)
        for _ in range(self._chance.choice((0, 1, 1, 2))):
            if field.message_type is not None:
                self._fill(items.add(), depth + 1)
            else:
                items.append(self._usual(field))

    def _usual(self, field: Any) -> Any:
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._usual_text(field.name)
        if field.enum_type is not None:
            return self._chance.choice([value.number for value in field.enum_type.values])
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self._chance.random() < 0.5
        if field.type == FieldDescriptor.TYPE_BYTES:
            return b"bytes"
        return SIZES.get(field.name, self._chance.choice((0, 1, 10, 25)))

    def _usual_text(self, name: str) -> str:
        if name == "request_id":
            return f"fuzz-{self._chance.getrandbits(64):x}"
        if name in ("id", "ids", "paths") or name.endswith(("_id", "_ids")):
            return self._chance.choice(MASKS if name == "paths" else [*self._ids, "x_1"])
        if self._chance.random() < 0.1:
            return self._chance.choice(TEXTS)
        return PLAUSIBLE.get(name, "some text")

    def _spoil(self, message: Message, field: Any) -> None:
        if field.is_repeated:
            self._flood(message, field)
        elif field.message_type is not None:
            self._chance.choice((message.ClearField, lambda name: getattr(message, name).SetInParent()))(field.name)
        else:
            setattr(message, field.name, self._odd(field))

    def _flood(self, message: Message, field: Any) -> None:
        many = self._chance.choice((1, 2, 30, 1_000))
        items = getattr(message, field.name)
        if _is_map(field):
            return
        if field.message_type is None:
            items.extend(self._odd(field) for _ in range(many))
        else:
            for _ in range(min(many, 200)):
                items.add()

    def _odd(self, field: Any) -> Any:
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._chance.choice(MASKS if field.name == "paths" else [*TEXTS, *self._ids])
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self._chance.choice((b"", b"\0", b"\xff" * 5000))
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self._chance.random() < 0.5
        if field.type in REAL:
            return self._chance.choice(REALS)
        if field.type in UNSIGNED:
            return self._chance.choice((0, 1, 2**31, 2**32 - 1))
        return self._chance.choice(INT64 if field.type in TYPES_64 else INT32)  # an enum takes any number


def _places(message: Message) -> Iterator[tuple[Message, Any]]:
    for field in message.DESCRIPTOR.fields:
        yield message, field
        if field.message_type is not None and not field.is_repeated and message.HasField(field.name):
            yield from _places(getattr(message, field.name))


def _is_map(field: Any) -> bool:
    return bool(field.message_type is not None and field.message_type.GetOptions().map_entry)


def message_class(descriptor: Descriptor) -> type[Message]:
    """The Python class of a message."""
    return message_factory.GetMessageClass(descriptor)
