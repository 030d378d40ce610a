"""What can be done with accounts of systems; each function is one transaction."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chassis.store.transaction import Transaction
from services.identity.facts.commands import account_changed
from services.identity.organizations.table import ORGANIZATIONS
from services.identity.people.invitations import digest
from services.identity.people.rules import clean_name
from services.identity.roles import rules as role_rules
from services.identity.roles.store import all_roles
from services.identity.service_accounts.keys import clean_key
from services.identity.service_accounts.model import ServiceAccount
from services.identity.service_accounts.table import SERVICE_ACCOUNTS, secrets
from services.identity.settings import settings

SYSTEM = "system"


@dataclass(frozen=True)
class CreateServiceAccount:
    """What to add."""

    name: str
    roles: Sequence[str] = ()
    public_key: str = ""


@dataclass(frozen=True)
class UpdateServiceAccount:
    """New values by field: name, roles, public_key."""

    id: str
    etag: str
    values: Mapping[str, Any]


def create_account(tx: Transaction, cmd: CreateServiceAccount) -> tuple[ServiceAccount, str]:
    """-> the account and its secret, of which only the digest is kept."""
    organization = tx.get(ORGANIZATIONS, tx.subject.org_id)
    account = new_account(tx, organization.id, organization.org_path, cmd)
    tx.add(SERVICE_ACCOUNTS, account)
    tx.authorize("create", account)
    _require_may_give(tx, account.roles)
    account.create()
    secret = add_secret(tx, account.id, random.token_urlsafe(32))
    account_changed(tx, account)
    return account, secret


def new_account(tx: Transaction, org_id: str, org_path: str, cmd: CreateServiceAccount, id: str = "") -> ServiceAccount:
    """An account of the vendor, not stored yet. Raises InvalidArgument for a key that is none."""
    chosen = id or tx.new_id(SERVICE_ACCOUNTS.prefix)
    return ServiceAccount(
        id=chosen,
        created_at=tx.now,
        updated_at=tx.now,
        org_id=org_id,
        org_path=org_path,
        owner_id=chosen,
        name=clean_name(cmd.name, "service_account.name"),
        roles=sorted(set(cmd.roles)),
        public_key=clean_key(cmd.public_key, "service_account.public_key"),
    )


def add_secret(tx: Transaction, account_id: str, secret: str) -> str:
    """Let the account prove itself with this secret; -> the secret."""
    row = {"digest": digest(secret), "service_account_id": account_id, "expires_at": None}
    tx.connection.execute(secrets.insert(), row)
    return secret


def update_account(tx: Transaction, cmd: UpdateServiceAccount) -> ServiceAccount:
    """Change name, roles and key."""
    account = tx.load(SERVICE_ACCOUNTS, cmd.id)
    tx.authorize("update", account)
    tx.require_etag(account, cmd.etag)
    values = dict(cmd.values)
    if "roles" in values:
        values["roles"] = sorted(set(values["roles"]))
        _require_may_give(tx, sorted(set(values["roles"]) ^ set(account.roles)))
    if "name" in values:
        values["name"] = clean_name(values["name"], "service_account.name")
    if "public_key" in values:
        values["public_key"] = clean_key(values["public_key"], "service_account.public_key")
    account.update(values)
    account_changed(tx, account)
    return account


def rotate_secret(tx: Transaction, id: str) -> tuple[ServiceAccount, str]:
    """A new secret; those from before work for the time that is set, so that the system can be told."""
    account = tx.load(SERVICE_ACCOUNTS, id)
    tx.authorize("update", account)
    account.rotate_secret()
    until = tx.now + timedelta(minutes=settings().secret_overlap_minutes)
    older = (secrets.c.service_account_id == id) & (secrets.c.expires_at.is_(None) | (secrets.c.expires_at > until))
    tx.connection.execute(secrets.update().where(older).values(expires_at=until))
    return account, add_secret(tx, id, random.token_urlsafe(32))


def disable_account(tx: Transaction, id: str, etag: str) -> ServiceAccount:
    """Close it at once and for good: its secrets are gone, its tokens count no more."""
    account = tx.load(SERVICE_ACCOUNTS, id)
    tx.authorize("update", account)
    tx.require_etag(account, etag)
    account.disable(tx.now)
    tx.connection.execute(secrets.delete().where(secrets.c.service_account_id == id))
    account_changed(tx, account)
    return account


def _require_may_give(tx: Transaction, changed: Sequence[str]) -> None:
    roles = all_roles(tx.connection)
    role_rules.require_known(roles, changed, SYSTEM, "service_account.roles")
    role_rules.require_within_ceiling(roles, tx.subject.roles, changed)
