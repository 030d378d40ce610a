"""prm.events.v1, hosted by each service: its log, as far as the policy shows it, from any position."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from prm import options_pb2
from prm.events.v1 import events_pb2, events_pb2_grpc

from chassis.errors import InvalidArgument
from chassis.events.envelope import LoggedEvent
from chassis.events.reading import Query, follow, list_events, message_of
from chassis.events.tables import event_log
from chassis.policy.filters import condition
from chassis.rpc.context import Call, call

NAME = events_pb2.DESCRIPTOR.services_by_name["Events"].full_name
DEFAULT_SIZE = 50


class Events(events_pb2_grpc.EventsServicer):
    """The event log of this service."""

    def ListEvents(self, request: events_pb2.ListEventsRequest, context: grpc.ServicerContext) -> events_pb2.ListEventsResponse:
        """Events after a position. Errors: see events.proto."""
        asked = call(context)
        found, following = list_events(asked.read.connection, _query(asked, request, request.page_size or DEFAULT_SIZE))
        return events_pb2.ListEventsResponse(events=[_shown(asked, event) for event in found], next=following)

    def WatchEvents(
        self, request: events_pb2.WatchEventsRequest, context: grpc.ServicerContext
    ) -> Iterator[events_pb2.WatchEventsResponse]:
        """Events as they become visible. Errors: see events.proto."""
        asked = call(context)
        for event in follow(asked.host.database.reading, _query(asked, request, DEFAULT_SIZE), asked.active):
            yield events_pb2.WatchEventsResponse(event=_shown(asked, event))


def _query(asked: Call, request: Any, limit: int) -> Query:
    check_service(asked, request.service)
    residual = asked.host.policy.filter(asked.subject, "read", "event", now=asked.host.clock.now())
    return Query(request.after, tuple(request.types), request.subject, limit, (condition(residual, event_log),))


def check_service(asked: Call, named: str) -> None:
    """Raises InvalidArgument when the request was meant for another service's log."""
    if named and named != asked.host.name:
        raise InvalidArgument.field("service", f"this is {asked.host.name}")


def _shown(asked: Call, event: LoggedEvent) -> events_pb2.Event:
    answer = events_pb2.Event(
        position=event.position,
        id=str(event.event_id),
        type=event.type,
        source=f"/prm/{asked.host.name}",
        subject=event.aggregate,
        sequence=event.aggregate_seq,
        actor=event.headers.get("actor", ""),
    )
    answer.time.FromDatetime(event.recorded_at)
    message = message_of(event)
    if message is not None:
        hidden = asked.host.policy.masks(asked.subject, event.aggregate.partition("/")[0], now=asked.host.clock.now())
        answer.data.update(MessageToDict(_public(message, set(hidden)), preserving_proto_field_name=True))
    return answer


def _public(message: Message, hidden: set[str]) -> Message:
    """Without personal data, secrets and fields masked for the reader: a log is read by many and kept for ever."""
    for field in message.DESCRIPTOR.fields:
        if field.name in hidden or _private(field):
            message.ClearField(field.name)
    return message


def _private(field: Any) -> bool:
    options = field.GetOptions()
    return bool(options.Extensions[options_pb2.personal] or options.Extensions[options_pb2.secret])
