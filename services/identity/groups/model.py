"""A group: people of one organisation who get roles together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prm.identity.v1 import events_pb2

from chassis.store.entity import Owned


@dataclass(kw_only=True)
class Group(Owned):
    """`owner_id` is who made it."""

    name: str
    roles: list[str] = field(default_factory=list)
    member_ids: list[str] = field(default_factory=list)

    def create(self) -> None:
        """Note that it was added."""
        self.record(events_pb2.GroupCreated(group_id=self.id))

    def update(self, values: Mapping[str, Any]) -> None:
        """Take over new values by field; nothing happens when all stand already."""
        before = set(self.member_ids)
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        if changed:
            after = set(self.member_ids)
            added, removed = sorted(after - before), sorted(before - after)
            self.record(events_pb2.GroupUpdated(group_id=self.id, members_added=added, members_removed=removed))

    def delete(self) -> None:
        """Note that it is gone."""
        self.record(events_pb2.GroupDeleted(group_id=self.id))
