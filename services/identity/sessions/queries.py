"""Reading sessions, and trading one for a token."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from chassis.errors import Unauthenticated
from chassis.store.reading import Reading
from services.identity.organizations.model import CLOSED
from services.identity.organizations.table import organizations
from services.identity.people.invitations import digest
from services.identity.people.model import State
from services.identity.people.table import people
from services.identity.sessions.model import Session
from services.identity.sessions.table import SESSIONS, sessions
from services.identity.settings import settings
from services.identity.tokens.issuing import Holder, Issuer, Token

SHOWN = 50
_FIND = (
    SESSIONS.select.join(people, people.c.id == sessions.c.person_id)
    .join(organizations, organizations.c.id == people.c.org_id)
    .where(
        sessions.c.digest == sa.bindparam("key"),
        people.c.state == State.ACTIVE.value,
        organizations.c.state.not_in([state.value for state in CLOSED]),
    )
)
_USED = sessions.update().where(sessions.c.id == sa.bindparam("session_id")).values(last_used_at=sa.bindparam("now"))
_OWN = (
    SESSIONS.select.where(sessions.c.person_id == sa.bindparam("person_id"))
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    .limit(SHOWN)
)


class SessionEnded(Unauthenticated):
    """There is no such session, it has ended, or its person has no access any more; which of them is not told."""

    reason = "SESSION_ENDED"


@dataclass(frozen=True)
class Exchanged:
    """A session and its newest token."""

    session: Session
    token: Token


def exchange(reading: Reading, issuer: Issuer, secret: str) -> Exchanged:
    """A token for a session, which counts as use of it. Raises SessionEnded, FactsNotPublished.

    The access rule of the call keeps it to the gateway. The use is no change of the session, so it leaves no event.
    """
    row = reading.connection.execute(_FIND, {"key": digest(secret)}).mappings().one_or_none()
    session = SESSIONS.from_row(row) if row is not None else None
    if session is None or not session.alive(reading.now, settings().session_idle):
        raise SessionEnded("The session has ended; sign in again")
    token = issuer.issue(reading.connection, holder_of(session), reading.now)
    reading.connection.execute(_USED, {"session_id": session.id, "now": reading.now})
    return Exchanged(session, token)


def holder_of(session: Session) -> Holder:
    """Whose token a session gives."""
    return Holder(session.person_id, "person", session.method, session.id, session.expires_at)


def own_sessions(reading: Reading) -> list[Session]:
    """The caller's, newest first."""
    rows = reading.connection.execute(_OWN, {"person_id": reading.subject.id}).mappings()
    return [SESSIONS.from_row(row) for row in rows]
