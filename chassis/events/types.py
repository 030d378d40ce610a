"""Names of events and their messages: `prm.deals.registration.approved.v1` is `prm.deals.v1.RegistrationApproved`."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from prm import options_pb2

from chassis.settings import SERVICES

SHARED = "audit"  # prm.audit.v1: facts that every service records of itself
_TYPE = re.compile(r"prm\.([a-z]+)\.([a-z_]+)\.([a-z_]+)\.v([1-9][0-9]*)")


def type_of(message: type[Message], service: str = "") -> str:
    """The type, and so the routing key, under which the event travels. `service` is needed for a shared message only.

    The noun is the longest resource of the contracts that the message's name begins with, or what `option (noun)` says.
    """
    descriptor = message.DESCRIPTOR
    _, home, version = descriptor.file.package.split(".")
    noun = noun_of(descriptor)
    fact = _snake(descriptor.name).removeprefix(noun + "_")
    return f"prm.{service or home}.{noun}.{fact}.{version}"


@cache
def noun_of(descriptor: Descriptor) -> str:
    """The noun an event is about."""
    said = str(descriptor.GetOptions().Extensions[options_pb2.noun])
    if said:
        return said
    name = _snake(descriptor.name)
    known = [noun for noun in _resources(descriptor.file.package.split(".")[1]) if name.startswith(noun + "_")]
    return max(known, key=len) if known else name.partition("_")[0]


@cache
def message_class(event_type: str) -> type[Message] | None:
    """The message of a type; None when this release knows none of that name and version."""
    match = _TYPE.fullmatch(event_type)
    if match is None or match[1] not in SERVICES:
        return None
    service, noun, fact, version = match.groups()
    name = _camel(noun) + _camel(fact)
    for package in (service, SHARED):
        _load(package)
        try:
            found = descriptor_pool.Default().FindMessageTypeByName(f"prm.{package}.v{version}.{name}")
        except KeyError:
            continue
        return message_factory.GetMessageClass(found)
    return None


@cache
def _load(package: str) -> tuple[str, ...]:
    """Import the contracts of a package, so that its messages are in the pool; -> their file names."""
    module = importlib.import_module(f"prm.{package}.v1")
    names = [item.name for item in pkgutil.iter_modules(module.__path__) if item.name.endswith("_pb2")]
    return tuple(importlib.import_module(f"prm.{package}.v1.{name}").DESCRIPTOR.name for name in names)


@cache
def _resources(package: str) -> frozenset[str]:
    files = [descriptor_pool.Default().FindFileByName(name) for name in _load(package)]
    shown = {item.GetOptions().Extensions[options_pb2.resource] for file in files for item in file.message_types_by_name.values()}
    asked = {
        method.GetOptions().Extensions[options_pb2.access].resource
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }
    return frozenset(shown | asked) - {""}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
