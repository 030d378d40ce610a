"""What can be done with people; each function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.errors import AlreadyExists, FieldViolation, InvalidArgument
from chassis.store.transaction import Transaction
from services.identity.facts.commands import person_changed
from services.identity.organizations.manager import follow_assignment
from services.identity.organizations.model import Organization, WrongState
from services.identity.organizations.rules import domain_of, require_zone
from services.identity.organizations.table import ORGANIZATIONS, organizations
from services.identity.people import rules
from services.identity.people.giving import require_administrator_left, require_may_give, require_sound
from services.identity.people.invitations import forget_invitation, send_invitation
from services.identity.people.model import Person, State
from services.identity.people.table import PEOPLE, credentials, people
from services.identity.sessions.ending import end_sessions


@dataclass(frozen=True)
class InvitePerson:
    """Whom; the caller's own organisation when none is given."""

    organization_id: str
    email: str
    name: str
    roles: Sequence[str] = ()
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class UpdatePerson:
    """New values by field: name, language, time_zone, theme."""

    id: str
    etag: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """All roles, or all organisations, that she is to have."""

    id: str
    etag: str
    names: Sequence[str] = ()


class EmailTaken(AlreadyExists):
    """Somebody signs in with this address already."""

    reason = "EMAIL_TAKEN"


def invite_person(tx: Transaction, cmd: InvitePerson) -> Person:
    """Add her and send the link. Raises EmailTaken, RoleAboveCeiling, InvalidArgument for a foreign domain."""
    organization = tx.get(ORGANIZATIONS, cmd.organization_id or tx.subject.org_id)
    person = new_person(tx, organization, cmd)
    tx.add(PEOPLE, person)
    tx.authorize("invite", person)
    if organization.closed:
        raise WrongState(f"{organization.name} is {organization.state.value}")
    if tx.subject.kind != "vendor":
        rules.require_own_domain(person.email, organization.domains)
    require_may_give(tx, person.org_path, person.roles, "roles")
    require_sound(tx, person)
    _require_free(tx, person.email)
    send_invitation(tx, person)
    person_changed(tx, person)
    return person


def new_person(tx: Transaction, organization: Organization, cmd: InvitePerson) -> Person:
    """A person of this organisation, not stored yet. Raises InvalidArgument for a language or zone that is none."""
    chosen = tx.new_id(PEOPLE.prefix)
    return Person(
        id=chosen,
        created_at=tx.now,
        updated_at=tx.now,
        org_id=organization.id,
        org_path=organization.org_path,
        owner_id=chosen,
        name=rules.clean_name(cmd.name, "name"),
        email=rules.clean_email(cmd.email),
        roles=sorted(set(cmd.roles)),
        language=rules.require_language(cmd.language or "en", "language"),
        time_zone=require_zone(cmd.time_zone or organization.time_zone, "time_zone"),
    )


def _require_free(tx: Transaction, email: str) -> None:
    """The lock makes two who invite the same address at once wait for each other."""
    tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(email, 0))))
    if tx.connection.execute(sa.select(people.c.id).where(people.c.email == email)).first():
        text = f"Somebody at {domain_of(email)} has this address already"
        raise EmailTaken(text, fields=[FieldViolation("email", text, "EMAIL_TAKEN")])


def resend_invitation(tx: Transaction, id: str) -> Person:
    """Send a new link; the one before stops working."""
    person = tx.load(PEOPLE, id)
    tx.authorize("invite", person)
    send_invitation(tx, person)
    return person


def update_person(tx: Transaction, cmd: UpdatePerson) -> Person:
    """Change another's name, language or zone."""
    person = tx.load(PEOPLE, cmd.id)
    tx.authorize("update", person)
    tx.require_etag(person, cmd.etag)
    person.update(rules.clean_values(cmd.values))
    return person


def set_roles(tx: Transaction, cmd: Given) -> Person:
    """Give exactly these roles; what is added and what is taken must both lie within the giver's ceiling."""
    person = tx.load(PEOPLE, cmd.id)
    tx.authorize("set_roles", person)
    tx.require_etag(person, cmd.etag)
    require_may_give(tx, person.org_path, sorted(set(cmd.names) ^ set(person.roles)), "roles")
    person.set_roles(cmd.names)
    require_sound(tx, person)
    require_administrator_left(tx, person)
    person_changed(tx, person)
    return person


def assign_organizations(tx: Transaction, cmd: Given) -> Person:
    """Give exactly these organisations. Raises InvalidArgument for one that does not exist or a person of a partner."""
    person = tx.load(PEOPLE, cmd.id)
    tx.authorize("assign", person)
    tx.require_etag(person, cmd.etag)
    if person.org_path.count(".") != 1:
        raise InvalidArgument.field("id", "Only people of the vendor look after other organisations", "PERSON_OF_PARTNER")
    _require_organizations(tx, cmd.names)
    before = list(person.assigned)
    person.assign(cmd.names)
    person_changed(tx, person)
    follow_assignment(tx, person, before)
    return person


def _require_organizations(tx: Transaction, ids: Sequence[str]) -> None:
    found = set(tx.connection.execute(sa.select(organizations.c.id).where(organizations.c.id.in_(ids))).scalars())
    for place, named in enumerate(ids):
        if named not in found:
            raise InvalidArgument.field(f"organization_ids[{place}]", f"there is no organisation {named[:64]!r}", "ORGANIZATION_UNKNOWN")


def deactivate_person(tx: Transaction, cmd: Given) -> Person:
    """Close her access at once: sessions end, tokens from before count no more, an invitation stops working."""
    person = tx.load(PEOPLE, cmd.id)
    tx.authorize("deactivate", person)
    tx.require_etag(person, cmd.etag)
    require_may_give(tx, person.org_path, person.roles, "id")
    person.deactivate(tx.now)
    require_administrator_left(tx, person)
    forget_invitation(tx.connection, person.id)
    end_sessions(tx, person.id, "deactivated")
    person_changed(tx, person)
    return person


def reactivate_person(tx: Transaction, cmd: Given) -> Person:
    """Open it again; who never chose a password gets a new link."""
    person = tx.load(PEOPLE, cmd.id)
    tx.authorize("deactivate", person)
    tx.require_etag(person, cmd.etag)
    require_may_give(tx, person.org_path, person.roles, "id")
    person.reactivate(has_password=_has_password(tx, person.id))
    if person.state is State.INVITED:
        send_invitation(tx, person)
    person_changed(tx, person)
    return person


def _has_password(tx: Transaction, person_id: str) -> bool:
    return tx.connection.execute(sa.select(credentials.c.person_id).where(credentials.c.person_id == person_id)).first() is not None
