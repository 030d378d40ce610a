"""Who may call what, read from the contracts: `(prm.access)` of each method, `(prm.resource)` of each message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from prm import options_pb2


@dataclass(frozen=True)
class Method:
    """A method of the contracts and its access rule. `name` is `/prm.deals.v1.Registrations/GetRegistration`."""

    name: str
    access: options_pb2.Access
    request: type[Message]
    streams: bool


@cache
def method(name: str) -> Method | None:
    """The method of this path; None when it is none of ours or says nothing about access, and so is refused."""
    service, _, call = name.removeprefix("/").partition("/")
    try:
        found: MethodDescriptor = descriptor_pool.Default().FindServiceByName(service).methods_by_name[call]
    except KeyError:
        return None
    if not found.GetOptions().HasExtension(options_pb2.access):
        return None
    access = found.GetOptions().Extensions[options_pb2.access]
    return Method(name, access, message_factory.GetMessageClass(found.input_type), found.server_streaming)


def secret(field: FieldDescriptor) -> bool:
    """Whether the field is a password, token or key."""
    return bool(field.GetOptions().Extensions[options_pb2.secret])


def resource(message: Message) -> str:
    """The resource whose row a message shows, or empty."""
    return str(message.DESCRIPTOR.GetOptions().Extensions[options_pb2.resource])


def without_secrets(message: Message) -> Message:
    """A copy of the message whose secret fields are empty."""
    copy = type(message)()
    copy.CopyFrom(message)
    for field, _ in copy.ListFields():
        if secret(field):
            copy.ClearField(field.name)
    return copy
