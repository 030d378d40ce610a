"""Every RPC of the suite, read from the contracts once: where it is hosted, who may call it, how it looks in REST."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from prm import options_pb2

from chassis.settings import SERVICES

IMAGE = Path(__file__).resolve().parent.parent / "build" / "protos.binpb"


@dataclass(frozen=True)
class Method:
    """One RPC. `path` is what gRPC calls it; `host` the service that hosts it, None where all six do and the request says which."""

    path: str
    name: str
    host: str | None
    request: type[Message]
    answer: type[Message]
    access: options_pb2.Access
    http: http_pb2.HttpRule | None
    streams: bool
    descriptor: MethodDescriptor

    @property
    def sent(self) -> Descriptor:
        """The request as its descriptor."""
        return self.descriptor.input_type

    @property
    def answered(self) -> Descriptor:
        """The answer as its descriptor."""
        return self.descriptor.output_type

    def target(self, request: Message) -> str:
        """The service to call. Raises ValueError for a request that names none of the six."""
        service = self.host or str(getattr(request, "service", ""))
        if service not in SERVICES:
            raise ValueError(f"{self.path}: no service is called {service!r}")
        return service


class UndefinedMethod(LookupError):
    """No RPC takes this request, or the answer expected is not the one it gives."""


def message_of(field: FieldDescriptor) -> Descriptor:
    """The message type of a field that is known to have one."""
    assert field.message_type is not None
    return field.message_type


@cache
def image() -> descriptor_pb2.FileDescriptorSet:
    """The compiled contracts with their comments, as the generator wrote them."""
    return descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes())


@cache
def methods() -> tuple[Method, ...]:
    """All RPCs of all services, in the order of the contracts."""
    return tuple(_read())


@cache
def by_request() -> dict[type[Message], Method]:
    """The RPC that takes a message of this type; a test proves that no two share one."""
    return {method.request: method for method in methods()}


def method_for(request: Message) -> Method:
    """The RPC that takes this request. Raises UndefinedMethod."""
    try:
        return by_request()[type(request)]
    except KeyError:
        raise UndefinedMethod(f"no RPC takes {request.DESCRIPTOR.full_name}") from None


def _read() -> Iterator[Method]:
    for file in image().file:
        if not file.package.startswith("prm.") or not file.service:
            continue
        importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
        for service in file.service:
            found = descriptor_pool.Default().FindServiceByName(f"{file.package}.{service.name}")
            yield from (_method(method) for method in found.methods)


def _method(method: MethodDescriptor) -> Method:
    options = method.GetOptions()
    service = method.containing_service.full_name
    package = service.split(".")[1]
    return Method(
        path=f"/{service}/{method.name}",
        name=method.name,
        host=package if package in SERVICES else None,
        request=message_factory.GetMessageClass(method.input_type),
        answer=message_factory.GetMessageClass(method.output_type),
        access=options.Extensions[options_pb2.access],
        http=options.Extensions[annotations_pb2.http] if options.HasExtension(annotations_pb2.http) else None,
        streams=method.server_streaming,
        descriptor=method,
    )
