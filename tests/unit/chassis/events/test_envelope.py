"""What travels, what is sent together, and what a foreign publisher may send."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from prm.deals.v1 import events_pb2

from chassis.events.envelope import LoggedEvent, Undecodable, decode, from_properties
from chassis.events.publisher import waves


def event(position: int, aggregate: str) -> LoggedEvent:
    return LoggedEvent(position, uuid4(), aggregate, position, "t", datetime.now(UTC), {}, b"")


def test_waves_never_hold_two_events_of_an_aggregate() -> None:
    events = [event(place, name) for place, name in enumerate("aabacabb")]
    split = [[item.aggregate for item in wave] for wave in waves(events)]
    assert split == [["a", "b", "c"], ["a", "b"], ["a", "b"], ["a"]]
    for name in "abc":
        positions = [item.position for wave in waves(events) for item in wave if item.aggregate == name]
        assert positions == sorted(positions)


def test_foreign_headers_become_plain_text() -> None:
    found = from_properties(
        {"message_id": "no uuid"}, {"a\0": b"\xff", "n": Decimal(1), "x-death": [], "subject": "\ud800", "aggregate_seq": "7"}, "key"
    )
    assert found.event_id is None and found.type == "key" and found.aggregate == "?" and found.aggregate_seq == 0
    assert found.headers == {"a": "b'\\xff'", "n": "1", "subject": "?", "aggregate_seq": "7"}


def test_the_actor_is_the_person_behind_the_system() -> None:
    assert from_properties({}, {"actor": "system:deals", "on_behalf_of": "per_1"}, "").actor == "per_1"
    assert from_properties({}, {"actor": "per_2"}, "").actor == "per_2"


@pytest.mark.parametrize(
    ("kind", "body"), [("application/protobuf", b"\xff"), ("application/json", b"[]"), ("application/json", b"\xff"), ("", b"")]
)
def test_undecodable(kind: str, body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(events_pb2.RegistrationApproved, kind, body)
