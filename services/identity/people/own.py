"""What people do about themselves: join, change their own data and password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from chassis.errors import InvalidArgument, NotFound
from chassis.store.transaction import Transaction
from services.identity.facts.commands import person_changed
from services.identity.organizations.table import ORGANIZATIONS, organizations
from services.identity.people import rules
from services.identity.people.invitations import forget_invitation, person_of
from services.identity.people.model import Person
from services.identity.people.table import PEOPLE, credentials, people
from services.identity.sessions.ending import end_sessions
from services.identity.sessions.passwords import passwords_of, require_good
from services.identity.sessions.signing_in import SignInFailed, act_as, prove
from services.identity.settings import settings

_KEEP = insert(credentials)
_REPLACE = _KEEP.on_conflict_do_update(
    index_elements=["person_id"], set_={"password_hash": _KEEP.excluded.password_hash, "changed_at": _KEEP.excluded.changed_at}
)


@dataclass(frozen=True)
class AcceptInvitation:
    """The token of the link and what she chose."""

    token: str
    password: str
    name: str = ""


class InvitationEnded(NotFound):
    """The link is unknown, used, replaced, too old, or its organisation is closed; which of them is not told."""

    reason = "INVITATION_ENDED"


class WrongPassword(InvalidArgument):
    """The old password is wrong; it counts like a failed sign-in."""

    reason = "PASSWORD_WRONG"
    remembered = True


def accept_invitation(tx: Transaction, cmd: AcceptInvitation) -> Person:
    """Take up an invitation. Raises InvitationEnded, and InvalidArgument for a password that is no good."""
    invited = person_of(tx.connection, cmd.token, tx.now)
    found = tx.take(PEOPLE, people.c.id == invited) if invited else []
    if not found or _closed(tx, found[0]):
        raise InvitationEnded("This link has ended; ask for a new one")
    person = found[0]
    require_good(cmd.password, person.email, "password")
    act_as(tx, person)
    person.accept(rules.clean_name(cmd.name, "name") if cmd.name else "")
    keep_password(tx, person.id, cmd.password)
    forget_invitation(tx.connection, person.id)
    person_changed(tx, person)
    return person


def _closed(tx: Transaction, person: Person) -> bool:
    return any(organization.closed for organization in tx.take(ORGANIZATIONS, organizations.c.id == person.org_id))


def keep_password(tx: Transaction, person_id: str, password: str) -> None:
    """Store its hash. Raises Busy."""
    hashed = passwords_of(settings()).hash(password)
    tx.connection.execute(_REPLACE, {"person_id": person_id, "password_hash": hashed, "changed_at": tx.now})


def change_password(tx: Transaction, old: str, new: str) -> None:
    """Every other session ends, and no token from before counts. Raises WrongPassword, SignInLocked, InvalidArgument."""
    person = _self(tx)
    require_good(new, person.email, "new_password")
    try:
        prove(tx, person.email, old)
    except SignInFailed as error:
        raise _wrong() from error
    keep_password(tx, person.id, new)
    person.change_password(tx.now)
    end_sessions(tx, person.id, "password_changed", keep=tx.subject.session_id)
    person_changed(tx, person)


def _wrong() -> WrongPassword:
    violation = InvalidArgument.field("old_password", "is wrong", WrongPassword.reason).fields
    return WrongPassword("The old password is wrong", fields=violation)


def update_me(tx: Transaction, values: Mapping[str, Any]) -> Person:
    """Change one's own name, language, zone or theme."""
    person = _self(tx)
    person.update(rules.clean_values(values))
    return person


def _self(tx: Transaction) -> Person:
    found = tx.take(PEOPLE, people.c.id == tx.subject.id)
    if not found:
        raise NotFound("Only people have this", metadata={"resource": "person"})
    return found[0]
