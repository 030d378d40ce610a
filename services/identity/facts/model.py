"""What carries facts that belong to no single object: the role table as a whole, and the end marks of replays."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.store.entity import Entity

ROLE_TABLE_ID = "all"
REPLAYS_ID = "replays"


@dataclass(kw_only=True)
class FactLog(Entity):
    """Counts the events of such facts, so that they have an order like any other."""
