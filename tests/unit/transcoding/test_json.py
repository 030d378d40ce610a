"""JSON and messages are each other's image, for any message of the contracts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prm.deals.v1 import registrations_pb2
from prm.events.v1 import events_pb2

from gateway.contracts import methods
from gateway.errors import ApiError
from gateway.transcoding.answers import dump, to_json
from gateway.transcoding.decode import Problems, fill
from gateway.transcoding.strict_json import NotANumber, parse_object

F = FieldDescriptor
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    F.CPPTYPE_BOOL: st.booleans(),
    F.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    F.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    F.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    F.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    F.CPPTYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    F.CPPTYPE_FLOAT: st.floats(allow_nan=False, allow_infinity=False, width=32),
    F.CPPTYPE_STRING: TEXT,
}
ALL = sorted(
    {method.descriptor.input_type for method in methods()} | {method.descriptor.output_type for method in methods()},
    key=lambda item: item.full_name,
)


@st.composite
def filled(draw: st.DrawFn, descriptor: Descriptor, depth: int = 3) -> Message:
    message = message_factory.GetMessageClass(descriptor)()
    if descriptor.full_name == "google.protobuf.Timestamp":
        message.FromMilliseconds(draw(st.integers(-62_135_596_800_000, 253_402_300_799_999)))  # type: ignore[attr-defined]
        return message
    if descriptor.full_name == "google.protobuf.FieldMask":
        message.paths.extend(draw(st.lists(st.from_regex(r"[a-z]+(_[a-z]+)*(\.[a-z]+)?", fullmatch=True), max_size=3)))  # type: ignore[attr-defined]
        return message
    if descriptor.full_name == "google.protobuf.Struct":
        message.update(draw(st.dictionaries(TEXT, TEXT | st.booleans() | st.none(), max_size=3)))  # type: ignore[attr-defined]
        return message
    for field in descriptor.fields:
        if draw(st.booleans()) and (field.message_type is None or depth):
            _put(draw, message, field, depth)
    return message


def _put(draw: st.DrawFn, message: Message, field: FieldDescriptor, depth: int) -> None:
    target = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        target.update(draw(st.dictionaries(TEXT, TEXT, max_size=3)))
    elif field.message_type is not None:
        values = [draw(filled(field.message_type, depth - 1)) for _ in range(draw(st.integers(1, 2)) if field.is_repeated else 1)]
        target.extend(values) if field.is_repeated else target.CopyFrom(values[0])
    else:
        one = st.sampled_from([item.number for item in field.enum_type.values]) if field.enum_type is not None else SCALARS[field.cpp_type]
        target.extend(draw(st.lists(one, max_size=3))) if field.is_repeated else setattr(message, field.name, draw(one))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.sampled_from(ALL).flatmap(filled))
def test_every_message_survives_json(message: Message) -> None:
    for name in ("masked_fields",):  # a masked field is null on purpose
        if name in message.DESCRIPTOR.fields_by_name:
            message.ClearField(name)
    _unmask(message)
    again, problems = type(message)(), Problems()
    fill(again, parse_object(dump(to_json(message)).encode()), "", problems)
    problems.check()
    assert again == message


def _unmask(message: Message) -> None:
    for field, value in message.ListFields():
        if field.name == "masked_fields":
            message.ClearField(field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for item in value if field.is_repeated else [value]:
                _unmask(item)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | TEXT,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                TEXT
                | st.sampled_from(["customer", "value", "units", "status", "actions", "product_families", "submitTime", "margin_percent"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_taken_or_refused_but_never_breaks(value: Any) -> None:
    body = json.dumps({"customer": value, "value": value, "status": value, "margin_percent": value}).encode()
    found = parsed(body)
    if isinstance(found, dict):
        fill(registrations_pb2.Registration(), found, "registration.", Problems())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(st.sampled_from('{}[]":,\\0123456789eE+-.truefalsn \n'), max_size=60).map(str.encode))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    found = parsed(body)
    assert isinstance(found, dict) or (found.status, bool(found.detail)) == (400, True)


def parsed(body: bytes) -> dict[str, Any] | ApiError:
    """The object, or the refusal; anything else that is raised fails the test."""
    try:
        return parse_object(body)
    except ApiError as error:
        return error


def test_answers_golden() -> None:
    registration = registrations_pb2.Registration(
        id="reg_1", status=registrations_pb2.Registration.IN_REVIEW, masked_fields=["margin_percent", "customer", "undo_until"], etag="4"
    )
    registration.customer.name = "hidden"
    registration.value.currency_code, registration.value.units, registration.value.nanos = "EUR", 48_000, 500_000_000
    registration.submit_time.FromJsonString("2026-05-31T17:00:00Z")
    found = to_json(registration)
    assert found["value"] == {"currency_code": "EUR", "units": "48000", "nanos": 500_000_000}
    assert (found["status"], found["submit_time"]) == ("IN_REVIEW", "2026-05-31T17:00:00Z")
    assert (found["margin_percent"], found["customer"], found["undo_until"]) == (None, None, None)
    assert (found["number"], found["product_families"], found["conflict_score"]) == ("", [], 0)
    assert list(found)[:3] == ["id", "number", "status"], "the order is the contract's, not what happens to be set"
    assert "decide_time" not in found, "an object that is not set has no JSON"


def test_cloud_events_golden() -> None:
    event = events_pb2.Event(position=7, id="e", type="prm.deals.registration.approved.v1", sequence=3)
    event.data.update({"registration_id": "reg_1", "deep": {"list": [1, "a", None]}})
    assert to_json(event)["data"] == {"registration_id": "reg_1", "deep": {"list": [1.0, "a", None]}}
    assert to_json(event)["position"] == "7"


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a":1e400}', NotANumber("1e400")), ('{"a":-Infinity}', NotANumber("-Infinity")), ('{"a":' + "7" * 41 + "}", NotANumber("7" * 40))],
)
def test_numbers_beyond_json_are_kept_for_the_field_to_refuse(text: str, value: object) -> None:
    assert parse_object(text.encode()) == {"a": value}


@pytest.mark.parametrize("whole", [5, 5.0, "5"])
def test_whole_numbers_may_be_written_three_ways(whole: object) -> None:
    message, problems = registrations_pb2.Registration(), Problems()
    fill(message, {"clock_used_minutes": whole}, "", problems)
    assert (message.clock_used_minutes, len(problems)) == (5, 0)


def test_null_means_not_said() -> None:
    message, problems = registrations_pb2.Registration(), Problems()
    fill(message, {"customer": None, "status": None, "product_families": None}, "", problems)
    assert (message, len(problems)) == (registrations_pb2.Registration(), 0)


def test_both_names_of_a_field_at_once_are_one_too_many() -> None:
    problems = Problems()
    fill(registrations_pb2.Registration(), {"submit_time": "2026-01-01T00:00:00Z", "submitTime": "2026-01-01T00:00:00Z"}, "", problems)
    with pytest.raises(ApiError, match="submit_time: stands twice"):
        problems.check()
