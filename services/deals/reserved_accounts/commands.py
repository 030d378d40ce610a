"""Keeping an account for the vendor, and opening it again."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import FieldViolation, InvalidArgument
from chassis.store.transaction import Transaction
from services.deals.matching import keys
from services.deals.matching.domains import host_of
from services.deals.matching.places import is_country
from services.deals.matching.profile import profile_of
from services.deals.reserved_accounts.model import ReservedAccount
from services.deals.reserved_accounts.table import RESERVED_ACCOUNTS

KIND = "reserved_account"


@dataclass(frozen=True)
class KeepAccount:
    """A company to keep. Everything but the name may be empty."""

    name: str
    domain: str
    country: str
    tax_id: str
    note: str


@dataclass(frozen=True)
class ReleaseAccount:
    """An account to open again."""

    id: str
    etag: str


def keep_account(tx: Transaction, cmd: KeepAccount) -> ReservedAccount:
    """Raises InvalidArgument for what is no domain or country."""
    account = ReservedAccount(
        id=tx.new_id(RESERVED_ACCOUNTS.prefix),
        created_at=tx.now,
        updated_at=tx.now,
        name=" ".join(cmd.name.split()),
        domain=cmd.domain.strip(),
        country=cmd.country,
        tax_id=cmd.tax_id.strip(),
        note=cmd.note.strip(),
    )
    tx.add(RESERVED_ACCOUNTS, account)
    tx.authorize("create", account)
    _check(account)
    account.domain = host_of(account.domain)
    account.keep()
    keys.store(tx.connection, KIND, account.id, profile_of(account.party))
    return account


def _check(account: ReservedAccount) -> None:
    wrong = []
    if not account.name:
        wrong.append(FieldViolation("reserved_account.name", "Enter the legal name", "MISSING"))
    if account.domain and not host_of(account.domain):
        wrong.append(FieldViolation("reserved_account.domain", "Enter a domain such as nordkai.example"))
    if account.country and not is_country(account.country):
        wrong.append(FieldViolation("reserved_account.country", "Use an ISO 3166-1 code such as DE"))
    if wrong:
        raise InvalidArgument("The account cannot be kept like this", fields=wrong)


def release_account(tx: Transaction, cmd: ReleaseAccount) -> ReservedAccount:
    """Raises FailedPrecondition where it is open already."""
    account = tx.load(RESERVED_ACCOUNTS, cmd.id)
    tx.authorize("update", account)
    tx.require_etag(account, cmd.etag)
    account.release()
    keys.forget(tx.connection, KIND, account.id)
    return account
