"""The kinds of messages, as data: whom each concerns and how it is told unless a person chose otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PARTNER, VENDOR = "partner", "vendor"


@dataclass(frozen=True)
class Channels:
    """How a person is told."""

    portal: bool
    email: bool


@dataclass(frozen=True)
class Kind:
    """`key` names its texts; `audience` are the kinds of subject whom it can concern."""

    key: str
    audience: frozenset[str]
    default: Channels = Channels(portal=True, email=True)


def _of(*audience: str, keys: Iterable[str]) -> dict[str, Kind]:
    return {key: Kind(key, frozenset(audience)) for key in keys}


KINDS: dict[str, Kind] = {
    **_of(VENDOR, keys=["registration.review_started", "registration.withdrawn", "registration.decision_overdue"]),
    **_of(PARTNER, keys=["registration.action_requested", "registration.approved", "registration.rejected"]),
    **_of(PARTNER, keys=["registration.decision_retracted", "registration.expiring", "registration.expired"]),
}
INVITED = "person.invited"  # by e-mail alone, and nobody can choose not to get it


def kinds_for(audience: str) -> list[Kind]:
    """What can concern such a subject, in a fixed order."""
    return [kind for kind in KINDS.values() if audience in kind.audience]


def link_to(subject: str) -> str:
    """Where the portal shows an object, `<resource>/<id>`; empty when it has no page of its own."""
    resource, _, key = subject.partition("/")
    return f"/deals/{key}" if resource == "registration" else ""
