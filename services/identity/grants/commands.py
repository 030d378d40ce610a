"""What can be done with grants; each function is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import InvalidArgument, PermissionDenied
from chassis.store.transaction import Transaction
from services.identity.facts.commands import person_changed
from services.identity.grants.model import Grant
from services.identity.grants.table import GRANTS
from services.identity.people.model import Person
from services.identity.people.table import PEOPLE, people
from services.identity.roles.catalogue import actions_by_resource
from services.identity.settings import settings


@dataclass(frozen=True)
class CreateGrant:
    """What to give to whom, until when."""

    person_id: str
    resource: str
    object_id: str
    actions: Sequence[str]
    expires_at: datetime


class GrantAboveCeiling(PermissionDenied):
    """identity does not know whose the object is, so a partner cannot give leave to it."""

    reason = "GRANT_ABOVE_CEILING"


def create_grant(tx: Transaction, cmd: CreateGrant) -> Grant:
    """Let a person act on one object for a while."""
    person = tx.load(PEOPLE, cmd.person_id)
    grant = _grant(tx, person, cmd)
    tx.add(GRANTS, grant)
    tx.authorize("create", grant)
    if tx.subject.kind != "vendor":
        raise GrantAboveCeiling("Only the vendor gives leave on single objects")
    _check(tx, cmd)
    grant.create()
    person_changed(tx, person, grants=[grant])
    return grant


def revoke_grant(tx: Transaction, id: str, etag: str) -> Grant:
    """End it now."""
    grant = tx.load(GRANTS, id)
    tx.authorize("revoke", grant)
    tx.require_etag(grant, etag)
    grant.revoke(tx.now)
    for person in tx.take(PEOPLE, people.c.id == grant.person_id):
        person_changed(tx, person, grants=[grant])
    return grant


def _grant(tx: Transaction, person: Person, cmd: CreateGrant) -> Grant:
    return Grant(
        id=tx.new_id(GRANTS.prefix),
        created_at=tx.now,
        updated_at=tx.now,
        org_id=person.org_id,
        org_path=person.org_path,
        owner_id=person.id,
        person_id=person.id,
        resource=cmd.resource,
        object_id=cmd.object_id,
        actions=sorted(set(cmd.actions)),
        expires_at=cmd.expires_at,
        granted_by=tx.subject.id,
    )


def _check(tx: Transaction, cmd: CreateGrant) -> None:
    known = actions_by_resource().get(cmd.resource)
    if known is None:
        raise InvalidArgument.field("grant.resource", f"there is no resource {cmd.resource[:40]!r}")
    for place, action in enumerate(cmd.actions):
        if action not in known:
            raise InvalidArgument.field(f"grant.actions[{place}]", f"{cmd.resource} has {', '.join(sorted(known))}")
    most = timedelta(days=settings().grant_days)
    if not tx.now < cmd.expires_at <= tx.now + most:
        raise InvalidArgument.field("grant.expire_time", f"Give a time within {most.days} days from now")
