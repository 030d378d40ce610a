"""What can be asked for at all: every resource and action of the contracts and of the shipped roles."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from google.protobuf.descriptor import FileDescriptor
from prm import options_pb2

from chassis.settings import SERVICES
from services.identity.roles.shipped import GUARDED_FIELDS, SHIPPED

PACKAGES = (*SERVICES, "audit", "decisions", "events")


@cache
def actions_by_resource() -> dict[str, frozenset[str]]:
    """resource → its actions."""
    found: dict[str, set[str]] = {}
    for role in SHIPPED.values():
        for resource, actions in role.permissions.items():
            found.setdefault(resource, set()).update(actions)
    for file in _files():
        for resource, action in _asked(file):
            found.setdefault(resource, set()).add(action)
    return {resource: frozenset(actions) for resource, actions in found.items()}


def guarded_fields() -> frozenset[str]:
    """Fields that only some roles read, as `resource.field`."""
    return frozenset(GUARDED_FIELDS)


def _asked(file: FileDescriptor) -> Iterator[tuple[str, str]]:
    for service in file.services_by_name.values():
        for method in service.methods:
            access = method.GetOptions().Extensions[options_pb2.access]
            if access.resource:
                yield access.resource, access.action


def _files() -> Iterator[FileDescriptor]:
    for package in PACKAGES:
        home = importlib.import_module(f"prm.{package}.v1")
        for item in pkgutil.iter_modules(home.__path__):
            if item.name.endswith("_pb2"):
                yield importlib.import_module(f"{home.__name__}.{item.name}").DESCRIPTOR
