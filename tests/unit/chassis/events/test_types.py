"""Names: what a message says of its type is what the runner publishes and what subscribers bind to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from prm.audit.v1 import events_pb2 as audit_events
from prm.deals.v1 import events_pb2 as deals_events

from chassis.events.types import message_class, type_of

IMAGE = Path(__file__).parents[4] / "build" / "protos.binpb"
WRITTEN = re.compile(r"prm\.[a-z]+\.[a-z_]+\.[a-z_]+\.v\d+")


def documented_types() -> list[tuple[str, str]]:
    """(full message name, type in its comment) of every event of the contracts."""
    image = descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes())
    found = []
    for file in image.file:
        comments = {tuple(item.path): item.leading_comments for item in file.source_code_info.location}
        for place, message in enumerate(file.message_type):
            match = WRITTEN.match(comments.get((4, place), "").strip())
            if match:
                found.append((f"{file.package}.{message.name}", match[0]))
    return found


def test_every_documented_type_is_the_derived_one() -> None:
    documented = documented_types()
    assert len(documented) > 50
    wrong = []
    for name, written in documented:
        message = message_class(written)
        if message is None or message.DESCRIPTOR.full_name != name or type_of(message) != written:
            wrong.append((name, written))
    assert wrong == []


def test_shared_message_takes_the_service_that_records_it() -> None:
    assert type_of(audit_events.AuditHeadSealed, "mdf") == "prm.mdf.audit_head.sealed.v1"
    assert message_class("prm.mdf.audit_head.sealed.v1") is audit_events.AuditHeadSealed


def test_a_fact_of_several_words() -> None:
    assert type_of(deals_events.RegistrationReviewStarted) == "prm.deals.registration.review_started.v1"


@pytest.mark.parametrize(
    "name", ["prm.deals.registration.approved.v2", "prm.deals.registration.flown.v1", "prm.sales.x.y.v1", "", "approved"]
)
def test_unknown_names_have_no_message(name: str) -> None:
    assert message_class(name) is None
