"""Whatever a request holds, the answer is a refusal of the caller's mistake or an ordinary answer, never a fault of ours."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from prm import options_pb2

from chassis.rpc import decisions
from tests.hosting import PEOPLE, Hosted, hosted

OURS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS, grpc.StatusCode.DEADLINE_EXCEEDED}
TEXTS = (
    "",
    "a\0b",
    "\0",
    " ",
    "x" * 300,
    "x" * 20_000,
    "';--",
    "%_%",
    "\u202e\u0000",
    "Ünï 价格",
    "🧨" * 40,
    "status = \0",
    "null",
    "{}",
    "../..",
    "*",
)
NUMBERS = (0, 1, -1, 2**31 - 1, -(2**31))
LARGE = (0, 1, -1, 2**62, -(2**62), 10**15 + 1)
DOUBLES = (0.0, -1.0, 1e308, float("nan"), float("inf"))
INTEGERS = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32}
LONGS = {FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64}
PERSON = {"mdf": "programme_manager", "training": "programme_manager", "content": "programme_manager", "notify": "partner_admin@r"}


@pytest.fixture(scope="module", params=sorted(PERSON))
def service(request, postgres, opa, s3, tmp_path_factory) -> Iterator[Hosted]:
    access = {"s3_endpoint": s3.endpoint, "s3_region": s3.region, "s3_access_key": s3.access_key, "s3_secret_key": s3.secret_key}
    name = request.param
    with hosted(name, postgres.service(name), opa, tmp_path_factory.mktemp(name), **access) as running:
        yield running


def methods(name: str) -> list[MethodDescriptor]:
    server = importlib.import_module(f"services.{name}.server")
    pool = importlib.import_module("google.protobuf.descriptor_pool").Default()
    found = [method for full in (*server.GRPC_SERVICES, decisions.NAME) for method in pool.FindServiceByName(full).methods]
    return [method for method in found if not method.server_streaming]


def fill(chance: random.Random, message: Message, depth: int = 0) -> None:
    for field in message.DESCRIPTOR.fields:
        if chance.random() < 0.25 or depth > 3:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        if field.is_repeated:
            for _ in range(chance.choice((1, 2, 30))):
                _append(chance, message, field, depth)
        elif field.message_type is not None:
            getattr(message, field.name).SetInParent()
            fill(chance, getattr(message, field.name), depth + 1)
        else:
            setattr(message, field.name, value(chance, field))


def _append(chance: random.Random, message: Message, field: Any, depth: int) -> None:
    items = getattr(message, field.name)
    if field.message_type is not None:
        fill(chance, items.add(), depth + 1)
    else:
        items.append(value(chance, field))


def value(chance: random.Random, field: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        if field.name == "request_id":
            return f"hostile-{chance.random()}" if chance.random() < 0.9 else chance.choice(TEXTS)
        return chance.choice(TEXTS)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b"\0\xff"
    if field.type == FieldDescriptor.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return chance.choice(DOUBLES)
    return chance.choice(NUMBERS if field.type in INTEGERS or field.type == FieldDescriptor.TYPE_ENUM else LARGE)


def send(service: Hosted, method: MethodDescriptor, request: Message) -> grpc.StatusCode:
    path = f"/{method.containing_service.full_name}/{method.name}"
    answer = message_factory.GetMessageClass(method.output_type)
    caller = "auditor" if method.full_name.startswith("prm.decisions.") else PERSON[service.name]
    call = service.channel.unary_unary(path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
    try:
        call(request, timeout=10, metadata=(("authorization", f"Bearer {service.token(caller)}"),))
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("seed", range(2))
def test_random_requests_are_never_our_fault(service, seed):
    chance = random.Random(seed)
    assert PERSON[service.name] in PEOPLE
    wrong = []
    for method in methods(service.name):
        for _ in range(20):
            request = message_factory.GetMessageClass(method.input_type)()
            fill(chance, request)
            code = send(service, method, request)
            if code in OURS:
                wrong.append((method.name, code.name, str(request)[:500]))
    assert wrong == []


def test_a_text_that_no_database_can_hold_is_refused_by_its_field(service):
    wrong = []
    for method in methods(service.name):
        for field in method.input_type.fields:
            if field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
                continue
            request = message_factory.GetMessageClass(method.input_type)()
            if "request_id" in method.input_type.fields_by_name:
                request.request_id = f"nul-{method.name}-{field.name}"  # type: ignore[attr-defined]
            setattr(request, field.name, "a\0b-long-enough")
            code = send(service, method, request)
            if code is not grpc.StatusCode.INVALID_ARGUMENT:
                wrong.append((method.name, field.name, code.name))
    assert wrong == []


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\xff\xff\xff\xff\x0f", bytes(range(8, 256))], ids=["cut", "too_long", "noise"])
def test_bytes_that_are_no_message_are_the_callers_mistake(service, body):
    for method in methods(service.name):
        path = f"/{method.containing_service.full_name}/{method.name}"
        call = service.channel.unary_unary(path, request_serializer=lambda data: data, response_deserializer=lambda data: data)
        with pytest.raises(grpc.RpcError) as refused:
            call(body, timeout=5, metadata=[("authorization", f"Bearer {service.token(PERSON[service.name])}")])
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_every_method_says_who_may_call_it(service):
    for method in methods(service.name):
        assert method.GetOptions().HasExtension(options_pb2.access)
        path = f"/{method.containing_service.full_name}/{method.name}"
        call = service.channel.unary_unary(path, request_serializer=lambda data: data, response_deserializer=lambda data: data)
        for metadata in ([], [("authorization", "Bearer x.y.z")], [("authorization", "Basic abc")]):
            with pytest.raises(grpc.RpcError) as refused:
                call(b"", timeout=5, metadata=metadata)
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
