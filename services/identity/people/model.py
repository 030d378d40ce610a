"""Somebody who signs in, from the invitation on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from prm.identity.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Owned
from chassis.times import to_timestamp


class State(Enum):
    """Whether she may sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class WrongState(FailedPrecondition):
    """What was asked does not follow from where the person stands."""

    reason = "PERSON_STATE"


@dataclass(kw_only=True)
class Person(Owned):
    """A person of one organisation. `owner_id` is herself, `org_path` the place of her organisation now.

    `roles` are her own, without those of groups; `assigned` the organisations given to a channel manager. Tokens from
    before `not_before` are refused everywhere. Password and invitation are kept apart, so that they never travel with her.
    """

    name: str
    email: str
    state: State = State.INVITED
    roles: list[str] = field(default_factory=list)
    assigned: list[str] = field(default_factory=list)
    language: str = "en"
    time_zone: str = "UTC"
    theme: str = "system"
    not_before: datetime | None = None
    last_sign_in_at: datetime | None = None

    def invite(self, *, token: str, until: datetime, by: str) -> None:
        """Note that a link goes out to her; it works until `until`."""
        self._require(State.INVITED)
        self.record(
            events_pb2.PersonInvited(
                person_id=self.id,
                organization_id=self.org_id,
                name=self.name,
                email=self.email,
                language=self.language,
                token=token,
                expire_time=to_timestamp(until),
                invited_by=by,
                time_zone=self.time_zone,
            )
        )

    def accept(self, name: str) -> None:
        """She took up the invitation; `name` replaces hers where she gave one."""
        self._require(State.INVITED)
        self.state, self.name = State.ACTIVE, name or self.name
        self.record(
            events_pb2.PersonActivated(
                person_id=self.id,
                organization_id=self.org_id,
                name=self.name,
                email=self.email,
                language=self.language,
                time_zone=self.time_zone,
            )
        )

    def update(self, values: Mapping[str, Any]) -> None:
        """Take over new values by field; nothing happens when all stand already."""
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, values[name])
        if changed:
            self.record(
                events_pb2.PersonUpdated(
                    person_id=self.id,
                    organization_id=self.org_id,
                    name=self.name,
                    email=self.email,
                    language=self.language,
                    time_zone=self.time_zone,
                    fields=changed,
                )
            )

    def set_roles(self, roles: Sequence[str]) -> None:
        """Have exactly these roles of her own."""
        before, self.roles = set(self.roles), sorted(set(roles))
        added, removed = sorted(set(roles) - before), sorted(before - set(roles))
        if added or removed:
            self.record(events_pb2.PersonRolesSet(person_id=self.id, added=added, removed=removed))

    def assign(self, organization_ids: Sequence[str]) -> None:
        """Have exactly these organisations."""
        before, self.assigned = set(self.assigned), sorted(set(organization_ids))
        added, removed = sorted(set(organization_ids) - before), sorted(before - set(organization_ids))
        if added or removed:
            self.record(events_pb2.PersonAssigned(person_id=self.id, added=added, removed=removed))

    def change_password(self, at: datetime) -> None:
        """Her password is new: tokens from before count no more."""
        self._require(State.ACTIVE)
        self.not_before = at
        self.record(events_pb2.PersonPasswordChanged(person_id=self.id))

    def outdate_tokens(self, at: datetime) -> None:
        """Tokens from before count no more; told by her facts alone."""
        self.not_before = at

    def deactivate(self, at: datetime) -> None:
        """Close her access; an invitation that is out counts no more."""
        self._require(State.INVITED, State.ACTIVE)
        self.state, self.not_before = State.DEACTIVATED, at
        self.record(events_pb2.PersonDeactivated(person_id=self.id))

    def reactivate(self, *, has_password: bool) -> None:
        """Open it again; who never chose a password is invited anew."""
        self._require(State.DEACTIVATED)
        self.state = State.ACTIVE if has_password else State.INVITED
        self.record(events_pb2.PersonReactivated(person_id=self.id))

    def lock(self, until: datetime) -> None:
        """Note that sign-in is locked for a while; her rights stay."""
        self.record(events_pb2.PersonLocked(person_id=self.id, until=to_timestamp(until)))

    def _require(self, *states: State) -> None:
        if self.state not in states:
            raise WrongState(f"The person is {self.state.value}", metadata={"state": self.state.name})
