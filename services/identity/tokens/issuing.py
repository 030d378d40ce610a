"""Access tokens: who it is, and the versions below which no service may decide about her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from chassis.errors import Unavailable
from chassis.events.tables import event_log, log_head, outbox_held
from chassis.policy.tables import fact_organization, fact_person, fact_roles
from chassis.policy.tokens import Claims, sign
from services.identity.facts.model import ROLE_TABLE_ID
from services.identity.facts.table import takings
from services.identity.settings import IdentitySettings
from services.identity.tokens.keys import KeyFolder

_VERSIONS = (
    sa.select(
        fact_person.c.version,
        fact_person.c.floor,
        fact_person.c.kind,
        fact_person.c.org_id,
        fact_organization.c.floor.label("org_floor"),
        fact_roles.c.floor.label("roles_floor"),
    )
    .select_from(fact_person.join(fact_organization, fact_organization.c.id == fact_person.c.org_id).join(fact_roles, sa.true()))
    .where(fact_person.c.id == sa.bindparam("id"))
)
_HELD = sa.exists().where(outbox_held.c.position == event_log.c.position)
_GONE = (
    sa.exists()
    .where(
        event_log.c.aggregate == takings.c.aggregate,
        event_log.c.aggregate_seq == takings.c.aggregate_seq,
        event_log.c.position <= sa.select(log_head.c.published).scalar_subquery(),
        ~_HELD,
    )
    .correlate(takings)
)
_ABOUT = takings.c.aggregate.in_(sa.bindparam("aggregates", expanding=True))
_STUCK = sa.select(sa.exists().where(_ABOUT, takings.c.recorded_at < sa.bindparam("before"), ~_GONE))
_SWEEP = takings.delete().where(_GONE)


class FactsNotPublished(Unavailable):
    """Something was taken from the subject, and the other services cannot know it yet: the bus is away."""

    reason = "FACTS_NOT_PUBLISHED"


@dataclass(frozen=True)
class Token:
    """The compact token and when it ends."""

    text: str
    expires_at: datetime


@dataclass(frozen=True)
class Holder:
    """Whose token: `aggregate` is `person` or `service_account`; `method` how she proved herself."""

    id: str
    aggregate: str
    method: str
    session_id: str = ""
    session_ends: datetime | None = None


class Issuer:
    """Signs tokens with the newest key. Thread-safe."""

    def __init__(self, folder: Path, own: IdentitySettings) -> None:
        self._keys, self._own = KeyFolder(folder), own

    def issue(self, connection: sa.Connection, holder: Holder, now: datetime) -> Token:
        """A token of the holder's facts as this connection sees them.

        It ends no later than the session. Raises FactsNotPublished while something taken from the holder has waited for
        the bus longer than is set: no new token may outlive what it no longer stands for.
        """
        row = connection.execute(_VERSIONS, {"id": holder.id}).one()
        self._require_published(connection, holder, row.org_id, now)
        kid, key = self._keys.newest(connection, now)
        ends = min(now + self._own.token_life, holder.session_ends or now + self._own.token_life)
        claims = Claims(
            subject=holder.id,
            kind=row.kind,
            session_id=holder.session_id,
            auth_level=holder.method,
            issued_at=now.timestamp(),
            expires_at=int(ends.timestamp()),
            epoch=row.version,
            floor=row.floor,
            org_floor=row.org_floor,
            roles_floor=row.roles_floor,
        )
        return Token(sign(claims, key, kid), ends)

    def _require_published(self, connection: sa.Connection, holder: Holder, org_id: str, now: datetime) -> None:
        about = [f"{holder.aggregate}/{holder.id}", f"organization/{org_id}", f"role/{ROLE_TABLE_ID}"]
        before = now - timedelta(seconds=self._own.renew_behind_seconds)
        if connection.execute(_STUCK, {"aggregates": about, "before": before}).scalar():
            raise FactsNotPublished("Your access has changed and is still on its way", retry_after=timedelta(seconds=5))


def sweep_takings(connection: sa.Connection) -> int:
    """Forget the losses whose events have left; -> how many."""
    return connection.execute(_SWEEP).rowcount
