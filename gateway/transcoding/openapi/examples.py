"""Examples made from the contracts: the comment's own example where it has one, else something of the right kind."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.transcoding.openapi.comments import comments
from gateway.transcoding.openapi.rules import rules_of

_QUOTED = re.compile(r"`([^`]+)`")
_ULID = "01JZ5T0B3C8E7G6H9K2M4N5PQR"
_TIME = "2026-05-31T17:00:00Z"
_WELL_KNOWN: dict[str, Any] = {
    "google.protobuf.Timestamp": _TIME,
    "google.protobuf.Duration": "90s",
    "google.protobuf.FieldMask": "name",
    "google.protobuf.Struct": {"registration_id": f"reg_{_ULID}"},
    "google.protobuf.Value": "text",
    "google.protobuf.ListValue": [],
    "google.type.Money": {"currency_code": "EUR", "units": "48000", "nanos": 0},
    "google.type.Date": {"year": 2026, "month": 9, "day": 30},
}
_BY_NAME = {
    "email": "kim.berg@example.com",
    "name": "Nordlicht Energie GmbH",
    "organization_name": "Brightway IT",
    "town": "Hamburg",
    "country": "DE",
    "domain": "nordlicht-energie.example",
    "domains": "brightway.example",
    "tax_id": "DE129273398",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "etag": '"3"',
    "request_id": "order-4711-attempt-1",
    "password": "correct horse battery staple",
    "new_password": "correct horse battery staple",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "media_type": "application/pdf",
    "file_name": "datasheet.pdf",
    "filter": "",
    "page_token": "",
    "next_page_token": "",
    "evidence_note": "Met their IT lead on 12 May and ran a two-hour workshop on site.",
    "text": "Two meetings on record; the need is clear.",
    "title": "Datasheet X200",
    "user_agent": "curl/8.5",
    "url": "https://files.example.com/documents/9f86d081?X-Amz-Signature=…",
    "token_type": "Bearer",
    "updated_mask": "name",
    "hash": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    "head_hash": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    "masked_fields": "",
}
_SECRETS = ("secret", "token", "assertion", "password")
_NUMBERS = {"page_size": 50, "margin_percent": 12.5, "count": 12, "expires_in": 300, "last": 10000, "size_bytes": 482133}


def example(message: Descriptor, *, without: frozenset[str] = frozenset(), deep: int = 4, sent: bool = False) -> Any:
    """An example of a message as JSON values; `sent` leaves out what a client would not send."""
    if message.full_name in _WELL_KNOWN:
        return _WELL_KNOWN[message.full_name]
    found: dict[str, Any] = {}
    for field in message.fields:
        if field.name in without or (sent and _servers_own(field)) or (deep <= 0 and field.message_type is not None):
            continue
        found[field.name] = _field(field, deep, sent)
    return found


def text_example(field: FieldDescriptor) -> Any:
    """An example of a single value of a field."""
    return _single(field, 1, sent=True)


def _servers_own(field: FieldDescriptor) -> bool:
    """In objects that are sent: ids, times and what only the server fills are left to it."""
    if field.containing_type is not None and field.containing_type.name.endswith("Request"):
        return field.name in ("request_id", "etag")
    return field.name in ("id", "number", "etag", "masked_fields", "status", "state") or not _writable(field)


def _writable(field: FieldDescriptor) -> bool:
    """Fields of objects that have a rule, or are objects themselves, are meant to be sent; times only where a rule says so."""
    part = field.message_type is not None and field.message_type.name not in ("Timestamp", "AllowedAction")
    return part or rules_of(field).ByteSize() > 0


def _field(field: FieldDescriptor, deep: int, sent: bool) -> Any:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {"number": "DR-2026-04417"}
    if field.name == "masked_fields":
        return []
    single = _single(field, deep, sent)
    return [single] if field.is_repeated else single


def _single(field: FieldDescriptor, deep: int, sent: bool) -> Any:
    if field.message_type is not None:
        return example(field.message_type, deep=deep - 1, sent=sent)
    if field.enum_type is not None:
        return field.enum_type.values[min(3, len(field.enum_type.values) - 1)].name
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return _text(field)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return True
    number = _NUMBERS.get(field.name, 1)
    return str(number) if field.cpp_type in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64) else number


def _text(field: FieldDescriptor) -> str:
    quoted = _QUOTED.findall(comments().get(field.full_name, ""))
    if quoted and quoted[0].endswith("_…"):
        return str(quoted[0]).replace("…", _ULID)
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    if field.name.endswith("email"):
        return _BY_NAME["email"]
    if any(word in field.name for word in _SECRETS):
        return "…" * 12
    if field.name.endswith(("_id", "_ids", "_by")) or field.name in ("actor", "id"):
        return f"{_prefix(field)}_{_ULID}"
    return str(quoted[0]) if quoted else "Text"


def _prefix(field: FieldDescriptor) -> str:
    name = field.name.removesuffix("s").removesuffix("_id")
    if name in ("organization", "parent", "assigned_organization", "other_organization"):
        return "org"
    if name in ("owner", "person", "decider", "decided_by", "submitted_by", "actor", "invited_by"):
        return "per"
    return {"group": "grp", "session": "ses", "decision": "dec", "client": "sva"}.get(name, name[:3])
