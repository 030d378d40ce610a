"""How an event travels: CloudEvents attributes as AMQP properties and headers, the body as protobuf or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import amqp
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

PROTOBUF = "application/protobuf"
JSON = "application/json"
TEXT_LIMIT = 2000


class Undecodable(ValueError):
    """The bytes are not the event they claim to be."""


@dataclass(frozen=True)
class LoggedEvent:
    """A row of the log with its personal fields joined to the body."""

    position: int
    event_id: UUID
    aggregate: str
    aggregate_seq: int
    type: str
    recorded_at: datetime
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Envelope:
    """What came with an event. `aggregate` is `<resource>/<id>`; `aggregate_seq` counts its events from 1."""

    event_id: UUID | None
    type: str
    aggregate: str = ""
    aggregate_seq: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = PROTOBUF

    @property
    def actor(self) -> str:
        """Who acted, or for whom the system did."""
        return self.headers.get("on_behalf_of") or self.headers.get("actor") or ""


def to_message(event: LoggedEvent) -> amqp.Message:
    """The persistent message of an event."""
    time = event.recorded_at
    headers: dict[str, Any] = {
        "specversion": "1.0",
        "source": _source(event.type),
        "subject": event.aggregate,
        "time": time.isoformat(),
        "aggregate_seq": event.aggregate_seq,
        "position": event.position,
        **event.headers,
    }
    return amqp.Message(
        event.body,
        delivery_mode=2,
        message_id=str(event.event_id),
        type=event.type,
        timestamp=int(time.timestamp()),
        content_type=PROTOBUF,
        correlation_id=event.headers.get("correlation_id", ""),
        application_headers=headers,
    )


@cache
def _source(type_: str) -> str:
    """The service that an event comes from: `prm.deals.registration.approved.v1` → /prm/deals."""
    return "/" + "/".join(type_.split(".")[:2])


def from_properties(properties: Mapping[str, Any], headers: Mapping[str, Any], routing_key: str) -> Envelope:
    """What a delivery says of itself; whatever is missing or malformed is left empty."""
    return Envelope(
        event_id=_uuid(properties.get("message_id")),
        type=_text(properties.get("type") or routing_key),
        aggregate=_text(headers.get("subject", "")),
        aggregate_seq=_integer(headers.get("aggregate_seq")),
        headers={_text(name): _text(value) for name, value in headers.items() if not str(name).startswith("x-")},
        content_type=_text(properties.get("content_type") or PROTOBUF),
    )


def decode(message: type[Message], content_type: str, body: bytes) -> Message:
    """The event of a body. Raises Undecodable."""
    try:
        if content_type == PROTOBUF:
            return message.FromString(body)
        if content_type == JSON:
            return json_format.ParseDict(_object(body), message(), ignore_unknown_fields=True)
    except (DecodeError, json_format.ParseError, UnicodeDecodeError, ValueError) as error:
        raise Undecodable(f"no {message.DESCRIPTOR.full_name}: {type(error).__name__}") from error
    raise Undecodable(f"content type {content_type[:60]!r}; send {PROTOBUF} or {JSON}")


def _object(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise Undecodable("no JSON object")
    return found


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _text(value: Any) -> str:
    """Text that PostgreSQL takes, whatever a foreign publisher sent."""
    return str(value)[:TEXT_LIMIT].encode("utf-8", "replace").decode().replace("\0", "")


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else 0
