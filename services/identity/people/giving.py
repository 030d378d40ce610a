"""What must hold before somebody gets roles."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from chassis.errors import FailedPrecondition
from chassis.policy.tables import fact_person
from chassis.store.transaction import Transaction
from services.identity.facts.build import kind_of, roles_of
from services.identity.groups.model import Group
from services.identity.people.model import Person
from services.identity.roles import rules
from services.identity.roles.model import ADMINISTRATOR
from services.identity.roles.store import all_roles

ADMINISTRATORS_LOCK = 0x41444D  # "ADM": two who each remove the other must meet here
_OTHERS = (
    sa.select(sa.func.count())
    .select_from(fact_person)
    .where(
        fact_person.c.state == "active",
        fact_person.c.kind == "vendor",
        fact_person.c.id != sa.bindparam("id"),
        fact_person.c.roles.contains([ADMINISTRATOR]),
    )
)


class LastAdministrator(FailedPrecondition):
    """Nobody could give rights any more."""

    reason = "LAST_ADMINISTRATOR"


def require_may_give(tx: Transaction, org_path: str, changed: Sequence[str], field: str) -> None:
    """Each role given or taken must exist, be for this kind of organisation and lie within the giver's ceiling."""
    roles = all_roles(tx.connection)
    rules.require_known(roles, changed, kind_of(org_path), field)
    rules.require_within_ceiling(roles, tx.subject.roles, changed)


def require_sound(tx: Transaction, person: Person, groups: Sequence[Group] = ()) -> None:
    """What she holds in all, with roles of groups, must not exclude each other."""
    rules.require_not_toxic(all_roles(tx.connection), roles_of(tx.connection, person, groups))


def require_administrator_left(tx: Transaction, person: Person, groups: Sequence[Group] = ()) -> None:
    """Raises LastAdministrator if, after this change of her, nobody active would be administrator.

    Looks at the published facts of the others, and so at roles of groups too. The lock lasts until the transaction ends.
    """
    before = tx.connection.execute(sa.select(fact_person.c.roles, fact_person.c.state).where(fact_person.c.id == person.id)).one_or_none()
    was = before is not None and before.state == "active" and ADMINISTRATOR in before.roles
    still = person.state.value == "active" and ADMINISTRATOR in roles_of(tx.connection, person, groups)
    if not was or still:
        return
    tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADMINISTRATORS_LOCK)))
    if not tx.connection.execute(_OTHERS, {"id": person.id}).scalar():
        raise LastAdministrator("Give somebody else the role administrator first")
