"""How one person wants to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prm.notify.v1 import events_pb2

from chassis.store.entity import Owned
from services.notify.kinds import KINDS, Channels


@dataclass(kw_only=True)
class Preference(Owned):
    """One per person, with her id. `choices` maps a kind to {portal, email}; a kind left out follows its default."""

    choices: dict[str, dict[str, bool]] = field(default_factory=dict)

    def choose(self, choices: Mapping[str, Channels]) -> None:
        """Replace the choices of these kinds; nothing happens where all are as before."""
        given = {kind: {"portal": channels.portal, "email": channels.email} for kind, channels in choices.items()}
        if self.take_over({"choices": self.choices | given}):
            self.record(events_pb2.NotificationPreferenceUpdated(person_id=self.id))

    def channels(self, kind: str) -> Channels:
        """How she is told of this kind."""
        chosen = self.choices.get(kind)
        return Channels(chosen["portal"], chosen["email"]) if chosen else KINDS[kind].default
