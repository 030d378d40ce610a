"""The first start: vendor, roles, signing key, administrator, the gateway's account. Everything after goes through the API.

Idempotent: what is there stays as it is.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from chassis.cause import Cause
from chassis.policy.tables import fact_mark, fact_person
from chassis.store.system import SystemWork
from chassis.store.transaction import Transaction
from services.identity.facts.commands import account_changed, organization_changed, person_changed
from services.identity.facts.replay import mark_end
from services.identity.jobs import schedule_tidying
from services.identity.organizations.claims import claim_domains
from services.identity.organizations.commands import below
from services.identity.organizations.model import Organization
from services.identity.organizations.rules import FREE_MAIL, domain_of
from services.identity.organizations.table import ORGANIZATIONS, organizations
from services.identity.people.commands import InvitePerson, new_person
from services.identity.people.invitations import digest, forget_invitation
from services.identity.people.model import Person, State
from services.identity.people.own import keep_password
from services.identity.people.rules import clean_email
from services.identity.people.table import PEOPLE, people
from services.identity.roles.commands import ship_roles
from services.identity.roles.model import ADMINISTRATOR
from services.identity.service_accounts.commands import CreateServiceAccount, add_secret, new_account
from services.identity.service_accounts.table import SERVICE_ACCOUNTS, secrets, service_accounts
from services.identity.sessions.ending import end_sessions
from services.identity.sessions.passwords import require_good
from services.identity.settings import settings
from services.identity.tokens.keys import KeyFolder, has_usable_key, publish_key, retire_old_keys

LOCK = 0x424F4F54  # "BOOT": two first starts at once must not make two vendors
PORTAL = "portal"


@dataclass(frozen=True)
class Wanted:
    """What the first start shall make. Without a password one is made; without a portal client there is no account."""

    keys: Path
    vendor_name: str
    administrator_email: str
    administrator_name: str
    administrator_password: str = ""
    portal_client_id: str = ""
    portal_client_secret: str = ""


@dataclass(frozen=True)
class Made:
    """What is there now. `password` is set only when the administrator was made just now."""

    vendor_id: str
    administrator_id: str
    administrator_email: str
    password: str = ""


def bootstrap(work: SystemWork, wanted: Wanted) -> Made:
    """Make what is missing, in one transaction."""
    with work.transaction(Cause(action="identity.bootstrap")) as tx:
        tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        folder = KeyFolder(wanted.keys)
        vendor = _vendor(tx, wanted)
        ship_roles(tx)
        if not has_usable_key(tx, folder):
            publish_key(tx, folder, timedelta(0))
        _portal(tx, vendor, wanted)
        made = _administrator(tx, vendor, wanted)
        if tx.connection.execute(sa.select(fact_mark.c.id)).first() is None:
            mark_end(tx)
            schedule_tidying(tx)
    return made


def _vendor(tx: Transaction, wanted: Wanted) -> Organization:
    found = tx.take(ORGANIZATIONS, organizations.c.parent_id == "")
    if found:
        return found[0]
    domain = domain_of(clean_email(wanted.administrator_email))
    values = {"name": wanted.vendor_name, "types": ["vendor"], "domains": [] if domain in FREE_MAIL else [domain]}
    vendor = below(tx, None, values)
    tx.add(ORGANIZATIONS, vendor)
    vendor.create()
    vendor.activate()
    claim_domains(tx.connection, vendor.id, vendor.domains)
    organization_changed(tx, vendor)
    return vendor


def _administrator(tx: Transaction, vendor: Organization, wanted: Wanted) -> Made:
    """The first one; once there is any, nobody is added."""
    known = sa.select(fact_person.c.id).where(fact_person.c.state == "active", fact_person.c.roles.contains([ADMINISTRATOR]))
    there = tx.connection.execute(known.order_by(fact_person.c.id)).scalars().first()
    if there:
        email = tx.connection.execute(sa.select(people.c.email).where(people.c.id == there)).scalar_one()
        return Made(vendor.id, there, email)
    return make_administrator(tx, vendor, wanted)


def make_administrator(tx: Transaction, vendor: Organization, wanted: Wanted) -> Made:
    """Let somebody be administrator with this password: a new person, or one who is there already."""
    email, password = clean_email(wanted.administrator_email), wanted.administrator_password or random.token_urlsafe(12)
    require_good(password, email, "administrator_password")
    found = tx.take(PEOPLE, people.c.email == email, people.c.org_id == vendor.id)
    person = _restored(tx, found[0]) if found else _joined(tx, vendor, wanted)
    keep_password(tx, person.id, password)
    person_changed(tx, person)
    return Made(vendor.id, person.id, email, password)


def _joined(tx: Transaction, vendor: Organization, wanted: Wanted) -> Person:
    cmd = InvitePerson(vendor.id, wanted.administrator_email, wanted.administrator_name, [ADMINISTRATOR])
    person = new_person(tx, vendor, cmd)
    tx.add(PEOPLE, person)
    person.accept("")
    return person


def _restored(tx: Transaction, person: Person) -> Person:
    """She gets in again, whatever was: sessions and links from before count no more."""
    if person.state is State.DEACTIVATED:
        person.reactivate(has_password=True)
    elif person.state is State.INVITED:
        person.accept("")
    person.set_roles([*person.roles, ADMINISTRATOR])
    person.change_password(tx.now)
    end_sessions(tx, person.id, "password_changed")
    forget_invitation(tx.connection, person.id)
    return person


def _portal(tx: Transaction, vendor: Organization, wanted: Wanted) -> None:
    """The gateway's account has a given id and secret; a secret that is not known yet is added."""
    if not wanted.portal_client_id:
        return
    if not tx.take(SERVICE_ACCOUNTS, service_accounts.c.id == wanted.portal_client_id):
        cmd = CreateServiceAccount("Portal", [PORTAL])
        account = new_account(tx, vendor.id, vendor.org_path, cmd, id=wanted.portal_client_id)
        tx.add(SERVICE_ACCOUNTS, account)
        account.create()
        account_changed(tx, account)
    known = sa.select(secrets.c.digest).where(secrets.c.digest == digest(wanted.portal_client_secret))
    if tx.connection.execute(known).first() is None:
        add_secret(tx, wanted.portal_client_id, wanted.portal_client_secret)


def create_admin(work: SystemWork, wanted: Wanted) -> Made:
    """One more administrator, or the way back in for one who lost hers. Raises LookupError before the first start."""
    with work.transaction(Cause(action="identity.create_admin")) as tx:
        found = tx.take(ORGANIZATIONS, organizations.c.parent_id == "")
        if not found:
            raise LookupError("There is no vendor yet: bootstrap first")
        return make_administrator(tx, found[0], wanted)


def rotate_keys(work: SystemWork, keys: Path) -> tuple[str, list[str]]:
    """Publish the next key and retire those long replaced; -> (the new kid, the retired ones)."""
    with work.transaction(Cause(action="identity.rotate_keys")) as tx:
        lead = timedelta(seconds=settings().key_lead_seconds)
        return publish_key(tx, KeyFolder(keys), lead).id, retire_old_keys(tx, settings().token_life)
