"""What notify keeps of identity's people: whom to write to, in which language and zone. Fed in order by their events."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.notify.schema import metadata
from services.notify.texts import Reader

recipients = sa.Table(
    "recipient",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("org_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)
DATA = ("org_id", "name", "email", "language", "time_zone", "active")

_INSERT = insert(recipients).values({name: sa.bindparam(name) for name in ("person_id", *DATA)})
_KEEP = _INSERT.on_conflict_do_update(index_elements=["person_id"], set_={name: _INSERT.excluded[name] for name in DATA})
_FIND = sa.select(recipients).where(recipients.c.person_id == sa.bindparam("person"))
_SET_ACTIVE = recipients.update().where(recipients.c.person_id == sa.bindparam("person")).values(active=sa.bindparam("is_active"))


@dataclass(frozen=True)
class Recipient:
    """Somebody who can be written to. Invited people are not active yet."""

    person_id: str
    org_id: str
    name: str
    email: str
    language: str
    time_zone: str
    active: bool

    @property
    def reader(self) -> Reader:
        """How to write to her."""
        return Reader(self.language, self.time_zone)


def keep(connection: sa.Connection, recipient: Recipient) -> None:
    """Take over what is known now."""
    connection.execute(_KEEP, vars(recipient))


def set_active(connection: sa.Connection, person_id: str, *, active: bool) -> None:
    """Whether she still works here; no-op for somebody unknown."""
    connection.execute(_SET_ACTIVE, {"person": person_id, "is_active": active})


def recipient(connection: sa.Connection, person_id: str) -> Recipient | None:
    """Whoever it is, or None while nothing is known of her."""
    row = connection.execute(_FIND, {"person": person_id}).mappings().one_or_none()
    return None if row is None else Recipient(**row)


def reader(connection: sa.Connection, person_id: str) -> Reader:
    """How to write to her; in English and UTC while nothing is known."""
    found = recipient(connection, person_id)
    return Reader() if found is None else found.reader
