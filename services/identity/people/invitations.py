"""Links by which people join: made, sent by the event, taken up once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.store.transaction import Transaction
from services.identity.people.model import Person
from services.identity.people.table import invitations
from services.identity.settings import settings

_PUT = insert(invitations)
_REPLACE = _PUT.on_conflict_do_update(
    index_elements=["person_id"], set_={"digest": _PUT.excluded.digest, "expires_at": _PUT.excluded.expires_at}
)


def send_invitation(tx: Transaction, person: Person) -> str:
    """Record a new link; the one before stops working. -> its token, which nothing but the event carries."""
    token, until = secrets.token_urlsafe(32), tx.now + settings().invitation_life
    tx.connection.execute(_REPLACE, {"person_id": person.id, "digest": digest(token), "expires_at": until})
    person.invite(token=token, until=until, by=tx.subject.id)
    return token


def person_of(connection: sa.Connection, token: str, now: datetime) -> str | None:
    """Whose link it is; None when it is unknown, used up or too old. Waits while somebody else takes it up."""
    statement = sa.select(invitations).where(invitations.c.digest == digest(token)).with_for_update()
    row = connection.execute(statement).one_or_none()
    return None if row is None or row.expires_at <= now else str(row.person_id)


def forget_invitation(connection: sa.Connection, person_id: str) -> None:
    """The link works no more."""
    connection.execute(invitations.delete().where(invitations.c.person_id == person_id))


def digest(secret: str) -> bytes:
    """What is kept of a random secret of 256 bits: nobody finds it from this, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()
