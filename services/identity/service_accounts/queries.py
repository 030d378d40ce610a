"""Reading accounts of systems, and giving them tokens."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.audit import staging as audit
from chassis.errors import Unauthenticated
from chassis.policy.tokens import ISSUER
from chassis.store.reading import Listing, Page, Question, Reading
from services.identity.people.invitations import digest
from services.identity.service_accounts.keys import BadAssertion, check_assertion
from services.identity.service_accounts.model import ServiceAccount
from services.identity.service_accounts.table import SERVICE_ACCOUNTS, assertions, secrets, service_accounts
from services.identity.tokens.issuing import Holder, Issuer, Token

LISTING = Listing(orders={"name": ("name", False)})
ISSUE_PATH = "/v1/tokens:issue"
_SECRET = sa.select(secrets.c.expires_at).where(
    secrets.c.digest == sa.bindparam("key"), secrets.c.service_account_id == sa.bindparam("account_id")
)
_ONCE = insert(assertions).on_conflict_do_nothing().returning(assertions.c.jti)
_USED = service_accounts.update().where(service_accounts.c.id == sa.bindparam("account_id")).values(last_used_at=sa.bindparam("now"))


@dataclass(frozen=True)
class Proof:
    """Who the system says it is, and a secret or a signed assertion."""

    client_id: str
    secret: str = ""
    assertion: str = ""


class ClientRefused(Unauthenticated):
    """Unknown, closed, or not proven; which of them is not told."""

    reason = "CLIENT_REFUSED"


def list_accounts(reading: Reading, question: Question) -> Page[ServiceAccount]:
    """By name."""
    return reading.page(SERVICE_ACCOUNTS, LISTING, question)


def issue(reading: Reading, issuer: Issuer, proof: Proof) -> Token:
    """A token for a system. Raises ClientRefused, FactsNotPublished; refusals are audited."""
    method = _proven(reading, proof)
    if not method:
        audit.stage_coalesced(reading.connection, _refusal(reading, proof))
        raise ClientRefused("Client id or credentials are wrong")
    token = issuer.issue(reading.connection, Holder(proof.client_id, "service_account", method), reading.now)
    reading.connection.execute(_USED, {"account_id": proof.client_id, "now": reading.now})
    return token


def _proven(reading: Reading, proof: Proof) -> str:
    """How the system proved itself, as RFC 8176 names it; empty when it did not."""
    row = reading.connection.execute(SERVICE_ACCOUNTS.select_one, {"id": proof.client_id}).mappings().one_or_none()
    if row is None or row["disabled"]:
        return ""
    if proof.assertion:
        return "pop" if _signed(reading, row["public_key"], proof) else ""
    kept = reading.connection.execute(_SECRET, {"key": digest(proof.secret), "account_id": proof.client_id}).one_or_none()
    good = kept is not None and (kept.expires_at is None or kept.expires_at > reading.now)
    return "pwd" if good else ""


def _signed(reading: Reading, public_key: str, proof: Proof) -> bool:
    audiences = (ISSUER, reading.settings.public_url.rstrip("/") + ISSUE_PATH)
    try:
        jti, expires = check_assertion(proof.assertion, public_key or "{}", proof.client_id, audiences, reading.now)
    except BadAssertion:
        return False
    used = {"service_account_id": proof.client_id, "jti": jti, "expires_at": expires}
    return reading.connection.execute(_ONCE, used).first() is not None


def _refusal(reading: Reading, proof: Proof) -> audit.AuditRecord:
    known = reading.connection.execute(SERVICE_ACCOUNTS.select_one, {"id": proof.client_id}).first() is not None
    return audit.AuditRecord(
        time=reading.now,
        actor=proof.client_id if known else "anonymous",
        action="service_account.issue",
        subject=f"service_account/{proof.client_id}" if known else "",
        result="refused",
        reason=ClientRefused.reason,
    )
