"""Another channel manager: open registrations follow, so that none waits for somebody who no longer decides."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis.policy.tables import fact_person
from chassis.store.transaction import Transaction
from services.deals.registrations.jobs import DECIDERS, decider_of
from services.deals.registrations.model import Registration
from services.deals.registrations.states import UNDECIDED
from services.deals.registrations.table import REGISTRATIONS, registrations

_WAITING = [status.value for status in UNDECIDED]
_OF_PARTNERS = (
    sa.select(registrations.c.id)
    .where(
        registrations.c.org_id == sa.func.any(sa.bindparam("org_ids")),
        registrations.c.decider_id == sa.bindparam("decider"),
        registrations.c.status.in_(_WAITING),
    )
    .order_by(registrations.c.id)
)
_DECIDES = sa.select(fact_person.c.id).where(
    fact_person.c.id == sa.bindparam("person"), fact_person.c.roles.contains([DECIDERS]), fact_person.c.state == "active"
)


def reassign(tx: Transaction, person_id: str, *, added: Iterable[str], removed: Iterable[str]) -> None:
    """What the person decided goes to somebody else, or to nobody; what nobody decided at her new partners goes to her."""
    for registration in _loaded(tx, removed, person_id):
        left = decider_of(tx, registration, without=person_id)
        _assign(tx, registration, left)
    if tx.connection.scalar(_DECIDES, {"person": person_id}) is not None:
        for registration in _loaded(tx, added, ""):
            if person_id not in (registration.created_by, registration.submitted_by):
                _assign(tx, registration, person_id)


def _loaded(tx: Transaction, org_ids: Iterable[str], decider: str) -> list[Registration]:
    """Locked in the order of their ids, as everybody does who locks several."""
    ids = tx.connection.scalars(_OF_PARTNERS, {"org_ids": list(org_ids), "decider": decider}).all()
    return [tx.load(REGISTRATIONS, item) for item in ids]


def _assign(tx: Transaction, registration: Registration, decider: str) -> None:
    if registration.status in UNDECIDED and decider != registration.decider_id:
        tx.authorize("assign", registration)
        registration.assign(decider)
