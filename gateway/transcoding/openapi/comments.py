"""The comments of the contracts, by the full name of what they stand at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from google.protobuf import descriptor_pb2 as pb

from gateway.contracts import image

_SENTENCE = re.compile(r"(.+?[.:;])(?:\s|$)", re.DOTALL)


@cache
def comments() -> dict[str, str]:
    """Full name → comment, its lines joined."""
    found: dict[str, str] = {}
    for file in image().file:
        names = {path: f"{file.package}.{name}" for path, name in _names(file)}
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            if name and location.leading_comments:
                found[name] = " ".join(location.leading_comments.split())
    return found


def summary(comment: str) -> str:
    """The first sentence, without its full stop."""
    found = _SENTENCE.match(comment)
    return (found.group(1) if found else comment).strip().rstrip(".:;")


def _names(file: pb.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    for index, message in enumerate(file.message_type):
        yield from _message((4, index), message.name, message)
    for index, enum in enumerate(file.enum_type):
        yield from _enum((5, index), enum.name, enum)
    for index, service in enumerate(file.service):
        yield (6, index), service.name
        for number, method in enumerate(service.method):
            yield (6, index, 2, number), f"{service.name}.{method.name}"


def _message(path: tuple[int, ...], name: str, message: pb.DescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for index, field in enumerate(message.field):
        yield (*path, 2, index), f"{name}.{field.name}"
    for index, nested in enumerate(message.nested_type):
        yield from _message((*path, 3, index), f"{name}.{nested.name}", nested)
    for index, enum in enumerate(message.enum_type):
        yield from _enum((*path, 4, index), f"{name}.{enum.name}", enum)


def _enum(path: tuple[int, ...], name: str, enum: pb.EnumDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Values are kept below their enum, though protobuf puts their names beside it."""
    yield path, name
    for index, value in enumerate(enum.value):
        yield (*path, 2, index), f"{name}.{value.name}"
