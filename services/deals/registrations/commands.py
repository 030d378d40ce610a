"""What the partner does: open, change, throw away, send, take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from prm.deals.v1 import registrations_pb2 as pb

from chassis.errors import FailedPrecondition, InvalidArgument
from chassis.policy.directory import home_of, organization_path
from chassis.store.transaction import Transaction
from services.deals.matching import keys
from services.deals.matching.profile import profile_of
from services.deals.programme.queries import programme_at
from services.deals.registrations import clocks
from services.deals.registrations.checking import REGISTRATION, limits_of
from services.deals.registrations.content import changed, masked_paths, paths_of, set_paths, written
from services.deals.registrations.model import Registration
from services.deals.registrations.rules import content_of, require_open, same_deal, violations
from services.deals.registrations.states import LIVE
from services.deals.registrations.table import REGISTRATIONS, registrations, submissions

FIRST_YEAR, LAST_YEAR = 2020, 2079  # the years that have a sequence of numbers
_OPEN = sa.select(sa.func.count()).where(
    registrations.c.org_id == sa.bindparam("org_id"),
    registrations.c.status.in_([status.value for status in LIVE]),
)
_KEEP_SUBMISSION = submissions.insert()
_PRIORITY = (
    sa.select(submissions.c.content)
    .where(submissions.c.registration_id == sa.bindparam("id"), submissions.c.sets_priority)
    .order_by(submissions.c.id.desc())
    .limit(1)
)


class TooManyOpen(FailedPrecondition):
    """The partner has as many open registrations as the programme lets one have (domain.md 3, rule 9)."""

    reason = "REGISTRATION_LIMIT"


@dataclass(frozen=True)
class Create:
    """A draft to open."""

    content: pb.Registration


@dataclass(frozen=True)
class Update:
    """New content; all fields that are set when `paths` is empty."""

    id: str
    etag: str
    content: pb.Registration
    paths: Sequence[str] = ()


@dataclass(frozen=True)
class Act:
    """An action on one registration, with words where it has any."""

    id: str
    etag: str
    text: str = ""


def create(tx: Transaction, cmd: Create) -> Registration:
    """Open a draft for the caller's organisation, or for another one she may work for."""
    org_id = cmd.content.organization_id or tx.subject.org_id
    owner_id = cmd.content.owner_id or tx.subject.id
    path = organization_path(tx.connection, org_id)
    paths = [path for path in set_paths(cmd.content) if path != "customer.name"]
    values = written(cmd.content, ["customer.name", *paths], programme_at(tx.connection, tx.now).family_codes)
    draft = Registration(
        id=tx.new_id(REGISTRATIONS.prefix),
        created_at=tx.now,
        updated_at=tx.now,
        org_id=org_id,
        org_path=path,
        owner_id=owner_id,
        number=_next_number(tx),
        created_by=tx.subject.id,
        **values,
    )
    tx.add(REGISTRATIONS, draft)
    tx.authorize("create", draft)
    if not path or home_of(tx.connection, owner_id).org_id != org_id:
        raise InvalidArgument.field("registration.owner_id", "must be a person of the organisation it is registered for")
    draft.open()
    return draft


def _next_number(tx: Transaction) -> str:
    """`DR-2026-04417`; gaps are allowed, so a sequence does, and nobody waits for anybody."""
    year = min(max(tx.now.year, FIRST_YEAR), LAST_YEAR)
    place = tx.connection.scalar(sa.select(sa.func.nextval(f"registration_number_{year}")))
    return f"DR-{year}-{place:05d}"


def update(tx: Transaction, cmd: Update) -> Registration:
    """Change a draft, or answer what was asked. What is sent unchanged may be closed: forms send every field."""
    registration = load(tx, cmd.id, "update", cmd.etag)
    paths = masked_paths(cmd.paths, "update_mask.paths") if cmd.paths else set_paths(cmd.content)
    require_open(registration, [])
    values = written(cmd.content, paths, programme_at(tx.connection, tx.now).family_codes | set(registration.product_families))
    changes = changed(registration, values)
    names = paths_of(changes)
    require_open(registration, names)
    if changes:
        registration.update(changes, names)
        find_if_live(tx, registration)
    return registration


def discard(tx: Transaction, cmd: Act) -> None:
    """Throw a draft away for good."""
    registration = load(tx, cmd.id, "discard", cmd.etag)
    registration.discard()
    tx.remove(REGISTRATIONS, registration)


def submit(tx: Transaction, cmd: Act) -> Registration:
    """Send it for decision; the check itself runs as a job right after. Raises InvalidArgument naming all that is missing."""
    registration = load(tx, cmd.id, "submit", cmd.etag)
    programme = programme_at(tx.connection, tx.now)
    first = registration.submit_time is None
    keeps = first or same_deal(tx.connection.execute(_PRIORITY, {"id": registration.id}).scalar_one(), registration, limits_of(programme))
    registration.require_submittable()
    wrong = violations(registration, programme, tx.now)
    if wrong:
        raise InvalidArgument("It is not complete yet", fields=wrong, reason="REGISTRATION_INCOMPLETE")
    if first:
        _require_room(tx, registration, programme.open_limit)
    keys.lock(tx.connection, profile_of(registration.party))
    registration.submit(by=tx.subject.id, at=tx.now, keeps_priority=keeps)
    _keep_submission(tx, registration, sets_priority=first or not keeps)
    tx.cancel(clocks.ANSWER, registration.id)
    tx.schedule(clocks.CHECK, registration.id, tx.now)
    find_if_live(tx, registration)
    return registration


def _require_room(tx: Transaction, registration: Registration, limit: int) -> None:
    if limit and (tx.connection.scalar(_OPEN, {"org_id": registration.org_id}) or 0) >= limit:
        raise TooManyOpen(f"{limit} registrations are open, as many as one partner may have", metadata={"limit": str(limit)})


def _keep_submission(tx: Transaction, registration: Registration, *, sets_priority: bool) -> None:
    row = {
        "registration_id": registration.id,
        "submitted_at": tx.now,
        "submitted_by": tx.subject.id,
        "sets_priority": sets_priority,
        "content": content_of(registration),
    }
    tx.connection.execute(_KEEP_SUBMISSION, row)


def withdraw(tx: Transaction, cmd: Act) -> Registration:
    """Take back what is not decided yet."""
    registration = load(tx, cmd.id, "withdraw", cmd.etag)
    end_undecided(tx, registration, reason="withdrawn", text=cmd.text)
    return registration


def end_undecided(tx: Transaction, registration: Registration, *, reason: str, text: str = "") -> None:
    """Withdraw it and stop all its clocks."""
    registration.withdraw(reason=reason, text=text)
    for kind in (clocks.CHECK, clocks.DECISION, clocks.ANSWER):
        tx.cancel(kind, registration.id)
    find_if_live(tx, registration)


def load(tx: Transaction, id: str, action: str, etag: str) -> Registration:
    """Visible, allowed, unchanged. Where only its state speaks against it, whoever saw another version is told that first."""
    registration = tx.load(REGISTRATIONS, id)
    try:
        tx.authorize(action, registration)
    except FailedPrecondition:
        tx.require_etag(registration, etag)
        raise
    tx.require_etag(registration, etag)
    return registration


def find_if_live(tx: Transaction, registration: Registration) -> None:
    """Live ones are found by others' checks; what is over is not."""
    if registration.status in LIVE:
        keys.store(tx.connection, REGISTRATION, registration.id, profile_of(registration.party))
    else:
        keys.forget(tx.connection, REGISTRATION, registration.id)
