"""Prove who one is by a password. Nothing in the answer, nor in the time it takes, tells whether the account exists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NoReturn

import sqlalchemy as sa

from chassis.audit import staging as audit
from chassis.errors import ResourceExhausted, Unauthenticated
from chassis.store.transaction import Transaction
from services.identity.organizations.model import CLOSED
from services.identity.organizations.table import organizations
from services.identity.people.model import Person, State
from services.identity.people.table import PEOPLE, credentials, people
from services.identity.sessions import attempts
from services.identity.sessions.passwords import Checked, passwords_of
from services.identity.sessions.rules import Attempts, Lockout
from services.identity.settings import settings

ACTION = "session.sign_in"


class SignInFailed(Unauthenticated):
    """Address or password is wrong, or the account has no access; which of them is not told."""

    reason = "SIGN_IN_FAILED"
    remembered = True


class SignInLocked(ResourceExhausted):
    """Too many wrong attempts with this address, whether it is somebody's or not."""

    reason = "SIGN_IN_LOCKED"
    remembered = True


@dataclass(frozen=True)
class _Account:
    """What an address leads to."""

    person_id: str
    password_hash: str
    open: bool


_FIND = (
    sa.select(people.c.id, people.c.state, credentials.c.password_hash, organizations.c.state.label("org_state"))
    .join(credentials, credentials.c.person_id == people.c.id)
    .join(organizations, organizations.c.id == people.c.org_id)
    .where(people.c.email == sa.bindparam("email"))
)


def prove(tx: Transaction, email: str, password: str) -> Person:
    """The person, locked, who signs in with this. Raises SignInFailed or SignInLocked, both counted and audited."""
    _require_unlocked(tx, email, attempts.look(tx.connection, email))
    account = _account(tx.connection.execute(_FIND, {"email": email}).one_or_none())
    checked = passwords_of(settings()).check(account.password_hash if account else None, password)
    before = attempts.lock(tx.connection, email, tx.now)
    _require_unlocked(tx, email, before)
    person = _unchanged(tx, account) if account and account.open and checked.right else None
    if person is None:
        _fail(tx, email, before, account.person_id if account else "")
    attempts.forget(tx.connection, email)
    _rehash(tx, person, checked)
    return person


def _account(row: Any) -> _Account | None:
    if row is None:
        return None
    return _Account(row.id, row.password_hash, row.state == State.ACTIVE.value and row.org_state not in {state.value for state in CLOSED})


def _unchanged(tx: Transaction, account: _Account) -> Person | None:
    """Her row, locked; None when access or password changed while the password was being checked."""
    found = tx.take(PEOPLE, people.c.id == account.person_id, people.c.state == State.ACTIVE.value)
    kept = sa.select(credentials.c.password_hash).where(credentials.c.person_id == account.person_id)
    return found[0] if found and tx.connection.execute(kept).scalar() == account.password_hash else None


def _rehash(tx: Transaction, person: Person, checked: Checked) -> None:
    if checked.rehashed:
        mine = credentials.c.person_id == person.id
        tx.connection.execute(credentials.update().where(mine).values(password_hash=checked.rehashed))


def _require_unlocked(tx: Transaction, email: str, before: Attempts) -> None:
    left = before.locked_for(tx.now)
    if left:
        _audit(tx, "", SignInLocked.reason)
        raise SignInLocked("Too many wrong attempts; wait, or ask for help", retry_after=left)


def _fail(tx: Transaction, email: str, before: Attempts, person_id: str) -> NoReturn:
    """Count it, lock where it is one too many, and refuse."""
    after = Lockout.of(settings()).after_failure(before, tx.now)
    attempts.keep(tx.connection, email, after)
    if after.locked_until and after.locked_for(tx.now):
        for person in tx.take(PEOPLE, people.c.id == person_id):
            person.lock(after.locked_until)
    _audit(tx, person_id, SignInFailed.reason)
    raise SignInFailed("The address or the password is wrong")


def _audit(tx: Transaction, person_id: str, reason: str) -> None:
    """Within a minute, repeats of one kind are one record with a count."""
    record = audit.AuditRecord(
        time=tx.now,
        actor=person_id or "anonymous",
        action=ACTION,
        subject=f"person/{person_id}" if person_id else "",
        result="refused",
        reason=reason,
        request_id=tx.cause.request_id,
        traceparent=tx.cause.traceparent,
    )
    audit.stage_coalesced(tx.connection, record)


def act_as(tx: Transaction, person: Person) -> None:
    """From here on it is she who acts: facts and audit carry her id."""
    tx.subject = replace(tx.subject, id=person.id, kind="person", org_id=person.org_id, org_path=person.org_path)
