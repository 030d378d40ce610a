"""Identity's facts as this service holds them: who a token's subject is now, and what her roles allow."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.clock import Clock
from chassis.errors import Unauthenticated, Unavailable
from chassis.policy.cache import Expiring
from chassis.policy.explain import NO_ACCOUNT, NO_ORGANIZATION, OPEN_ORGANIZATION
from chassis.policy.putting import put_key, put_mark, put_organization, put_person, put_roles, retire_key
from chassis.policy.roles import RoleTable, table_from_body
from chassis.policy.subject import Grant, Subject
from chassis.policy.tables import fact_key, fact_mark, fact_organization, fact_person, fact_roles
from chassis.policy.tokens import Claims
from chassis.store.database import Database

__all__ = ["Facts", "assignees", "put_key", "put_mark", "put_organization", "put_person", "put_roles", "retire_key"]

FRESH_SECONDS = 1.0  # with a delivery within a second, what is taken away is gone everywhere within two
MISS_SECONDS = 0.1
RETRY = timedelta(milliseconds=500)

_organization = [column.label(f"org_{column.name}") for column in fact_organization.c if column.name != "id"]
_WITH_ORGANIZATIONS = sa.select(fact_person, *_organization).select_from(
    fact_person.outerjoin(fact_organization, fact_organization.c.id == fact_person.c.org_id)
)
_PERSON = _WITH_ORGANIZATIONS.where(fact_person.c.id == sa.bindparam("id"))
_ROLES_VERSION = sa.select(fact_roles.c.version)
_ROLES = sa.select(fact_roles.c.version, fact_roles.c.floor, fact_roles.c.body)
_KEYS = sa.select(fact_key.c.id, fact_key.c.x).where(~fact_key.c.retired)
_COMPLETE = sa.select(sa.exists(sa.select(fact_mark.c.id)))
_ASSIGNEES = (
    sa.select(fact_person.c.id)
    .where(
        sa.text("fact_person.assigned @> ARRAY[:org_id]"),
        sa.text(":role = ANY (fact_person.roles)"),
        fact_person.c.state == "active",
    )
    .order_by(fact_person.c.id)
)


@dataclass(frozen=True)
class _Known:
    """A person's row with her organisation's, as of now."""

    row: Mapping[str, Any]
    grants: tuple[Grant, ...]


class Facts:
    """The facts of one service. Thread-safe; what it read serves for 1 s at most."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._people: Expiring[str, _Known] = Expiring(FRESH_SECONDS, 20_000)
        self._keys: Expiring[str, Mapping[str, str]] = Expiring(FRESH_SECONDS, 1)
        self._fresh: Expiring[str, bool] = Expiring(FRESH_SECONDS, 1)
        self._just_looked: Expiring[str, bool] = Expiring(MISS_SECONDS, 1)  # invented key ids must not cost a query each
        self._roles = RoleTable()
        self._lock = threading.Lock()

    def subject(self, claims: Claims) -> Subject:
        """Who calls, with her facts of now.

        Raises Unavailable ACCESS_FACTS_BEHIND while this service knows less than the token was made from, and
        Unauthenticated for a token from before her access was reset, or when she or her organisation has none.
        """
        known, roles = self._people.get(claims.subject), self._role_table()
        if known is None or _behind(known, roles, claims):
            known, roles = self._read_person(claims.subject), self._role_table(again=True)
        if known is None or _behind(known, roles, claims):
            raise Unavailable("This service is catching up with your access", reason="ACCESS_FACTS_BEHIND", retry_after=RETRY)
        _require_open(known.row, claims)
        return _subject(known, roles, claims)

    def about(self, connection: sa.Connection, id: str) -> Subject | None:
        """Anybody with her facts of now, whatever her state; None for somebody unknown. Read anew, for questions about her."""
        row = connection.execute(_PERSON, {"id": id}).mappings().one_or_none()
        return None if row is None else self.subject_of(dict(row))

    def subject_of(self, row: Mapping[str, Any]) -> Subject:
        """The subject that a row of `people_with_organizations` holds."""
        return _subject(_known(row), self._role_table(), None)

    def roles_allowing(self, resource: str, action: str) -> list[str]:
        """Roles that allow the action on some object, sorted."""
        table = self._role_table().roles
        return sorted(name for name, role in table.items() if role.permissions.get(resource, {}).get(action))

    def is_role(self, name: str) -> bool:
        """Whether there is a role of this name."""
        return name in self._role_table().roles

    def access(self, subject: Subject, resource: str) -> Mapping[str, Any]:
        """The part of the role table that concerns the subject and the resource: `input.access` of the policies."""
        return self._role_table().access(subject.roles, resource)

    def permissions(self, subject: Subject) -> list[str]:
        """What she may do somewhere, as `resource.action`; for menus, each call decides anew."""
        return self._role_table().permissions(subject.roles)

    def key(self, kid: str) -> str | None:
        """The public key of this id, base64url; None when it is unknown or retired."""
        keys = self._keys.get("keys")
        if keys is None or (kid not in keys and self._just_looked.get("keys") is None):
            self._just_looked.put("keys", True)
            with self._database.reading() as connection:
                keys = self._keys.put("keys", {row.id: row.x for row in connection.execute(_KEYS)})
        return keys.get(kid)

    def complete(self) -> bool:
        """Whether the end mark of a replay has been seen, so that not knowing somebody means that she does not exist."""
        with self._database.reading() as connection:
            return bool(connection.scalar(_COMPLETE))

    def forget(self) -> None:
        """Read everything anew on the next question."""
        self._people.clear()
        self._keys.clear()
        self._fresh.clear()

    def _read_person(self, id: str) -> _Known | None:
        with self._database.reading() as connection:
            row = connection.execute(_PERSON, {"id": id}).mappings().one_or_none()
        if row is None:
            return None
        return self._people.put(id, _known(dict(row)))

    def _role_table(self, *, again: bool = False) -> RoleTable:
        if again or self._fresh.get("roles") is None:
            with self._lock, self._database.reading() as connection:
                if connection.scalar(_ROLES_VERSION) not in (None, self._roles.version):
                    version, floor, body = connection.execute(_ROLES).one()
                    self._roles = table_from_body(version, floor, body)
            self._fresh.put("roles", True)
        return self._roles


def people_with_organizations() -> sa.Select[Any]:
    """All people with the facts of their organisations, to be narrowed down."""
    return _WITH_ORGANIZATIONS


def assignees(connection: sa.Connection, org_id: str, role: str) -> list[str]:
    """Ids of the active people with this role to whom the organisation is assigned, oldest first."""
    return list(connection.scalars(_ASSIGNEES, {"org_id": org_id, "role": role}))


def _behind(known: _Known, roles: RoleTable, claims: Claims) -> bool:
    row = known.row
    opened_since = row["state"] != "active" and row["version"] < claims.epoch
    return (
        opened_since
        or row["version"] < claims.floor
        or (row["org_version"] or 0) < max(claims.org_floor, 1)
        or roles.version < max(claims.roles_floor, 1)
    )


def _require_open(row: Mapping[str, Any], claims: Claims) -> None:
    not_before: datetime | None = row["not_before"]
    if not_before is not None and claims.issued_at < not_before.timestamp():
        raise Unauthenticated("Your access has changed; sign in again", reason="TOKEN_REVOKED")
    if row["state"] != "active":
        raise Unauthenticated("This account is closed", reason=NO_ACCOUNT)
    if row["org_state"] not in OPEN_ORGANIZATION:
        raise Unauthenticated("The access of your organisation is closed", reason=NO_ORGANIZATION)


def _grant(item: Mapping[str, Any]) -> Grant:
    return Grant(item["resource"], item["object"], tuple(item["actions"]), float(item["expires_at"]))


def _known(row: Mapping[str, Any]) -> _Known:
    return _Known(row, tuple(_grant(item) for item in row["grants"]))


def _subject(known: _Known, roles: RoleTable, claims: Claims | None) -> Subject:
    """Without claims she does not call, she is asked about; an organisation that is not known yet leaves its fields empty."""
    row = known.row
    return Subject(
        id=row["id"],
        kind=row["kind"],
        org_id=row["org_id"],
        org_path=row["org_path"] or "",
        org_state=row["org_state"] or "",
        state=row["state"],
        roles=tuple(row["roles"]),
        assigned=tuple(row["assigned"]),
        grants=known.grants,
        tier=row["org_tier"] or "",
        regions=tuple(row["org_regions"] or ()),
        org_types=tuple(row["org_types"] or ()),
        epoch=row["version"],
        org_version=row["org_version"] or 0,
        roles_version=roles.version,
        session_id=claims.session_id if claims else "",
        auth_level=claims.auth_level if claims else "",
    )
