"""Sessions: begun by signing in, traded for tokens, ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from chassis.errors import NotFound
from chassis.store.transaction import Transaction
from services.identity.facts.commands import person_changed
from services.identity.people.invitations import digest
from services.identity.people.rules import clean_email
from services.identity.people.table import PEOPLE, people
from services.identity.sessions.model import Session
from services.identity.sessions.signing_in import act_as, prove
from services.identity.sessions.table import SESSIONS, sessions
from services.identity.settings import settings

METHOD = "pwd"  # by password (RFC 8176)


@dataclass(frozen=True)
class SignIn:
    """Who, and the proof."""

    email: str
    password: str
    user_agent: str = ""


def sign_in(tx: Transaction, cmd: SignIn) -> tuple[Session, str]:
    """Begin a session; -> with its secret, of which only the digest is kept. Raises SignInFailed, SignInLocked."""
    person = prove(tx, clean_email(cmd.email), cmd.password)
    act_as(tx, person)
    secret = secrets.token_urlsafe(32)
    session = Session(
        id=tx.new_id(SESSIONS.prefix),
        created_at=tx.now,
        updated_at=tx.now,
        person_id=person.id,
        digest=digest(secret),
        method=METHOD,
        user_agent=cmd.user_agent,
        expires_at=tx.now + settings().session_life,
        last_used_at=tx.now,
    )
    tx.add(SESSIONS, session)
    session.start()
    tx.connection.execute(people.update().where(people.c.id == person.id).values(last_sign_in_at=tx.now))
    return session, secret


def sign_out(tx: Transaction, secret: str) -> None:
    """End the session with this secret; no error when there is none."""
    for session in tx.take(SESSIONS, sessions.c.digest == digest(secret)):
        for person in tx.take(PEOPLE, people.c.id == session.person_id):
            act_as(tx, person)
        session.end(tx.now, "signed_out")


def revoke_session(tx: Transaction, id: str) -> Session:
    """End one of one's own. Its token must not outlive it, so all tokens from before count no more; the other sessions
    get new ones. Raises NotFound for somebody else's."""
    found = tx.take(SESSIONS, sessions.c.id == id, sessions.c.person_id == tx.subject.id)
    if not found:
        raise NotFound(f"There is no session {id[:64]}", metadata={"resource": "session"})
    session = found[0]
    if session.ended_at is None:
        session.end(tx.now, "revoked")
        _outdate_tokens(tx, tx.subject.id)
    return session


def _outdate_tokens(tx: Transaction, person_id: str) -> None:
    for person in tx.take(PEOPLE, people.c.id == person_id):
        person.outdate_tokens(tx.now)
        person_changed(tx, person)
