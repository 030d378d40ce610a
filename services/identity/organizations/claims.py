"""Domains and tax numbers belong to one organisation each. Claims are rows, so two who ask at once cannot both win."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import AlreadyExists, FieldViolation
from services.identity.organizations.rules import tax_key
from services.identity.organizations.table import claims

_CLAIM = insert(claims).on_conflict_do_nothing().returning(claims.c.value)


class DomainTaken(AlreadyExists):
    """Another organisation has this e-mail domain."""

    reason = "DOMAIN_TAKEN"


class TaxIdTaken(AlreadyExists):
    """Another organisation has this tax number."""

    reason = "TAX_ID_TAKEN"


def claim_domains(connection: sa.Connection, organization_id: str, domains: Sequence[str]) -> None:
    """Have exactly these domains. Raises DomainTaken."""
    for place, domain in enumerate(domains):
        if not _claimed(connection, "domain", domain, organization_id):
            text = f"{domain} belongs to another organisation"
            raise DomainTaken(text, fields=[FieldViolation(f"organization.domains[{place}]", text, "DOMAIN_TAKEN")])
    _release(connection, "domain", organization_id, keep=domains)


def claim_tax_id(connection: sa.Connection, organization_id: str, tax_id: str) -> None:
    """Have exactly this tax number; placeholders are none. Raises TaxIdTaken."""
    key = tax_key(tax_id)
    if key and not _claimed(connection, "tax_id", key, organization_id):
        text = "Another organisation has this tax number"
        raise TaxIdTaken(text, fields=[FieldViolation("organization.tax_id", text, "TAX_ID_TAKEN")])
    _release(connection, "tax_id", organization_id, keep=[key])


def _claimed(connection: sa.Connection, kind: str, value: str, organization_id: str) -> bool:
    """Waits while another transaction claims the same."""
    if connection.execute(_CLAIM, {"kind": kind, "value": value, "organization_id": organization_id}).first():
        return True
    held = sa.select(claims.c.organization_id).where(claims.c.kind == kind, claims.c.value == value)
    return connection.execute(held).scalar() == organization_id


def _release(connection: sa.Connection, kind: str, organization_id: str, keep: Sequence[str]) -> None:
    mine = (claims.c.kind == kind) & (claims.c.organization_id == organization_id)
    connection.execute(claims.delete().where(mine, claims.c.value.not_in(list(keep))))
