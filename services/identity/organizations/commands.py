"""What can be done with organisations; each function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import FieldViolation, InvalidArgument, PermissionDenied
from chassis.store.transaction import Transaction
from services.identity.facts.commands import organization_changed
from services.identity.organizations import rules
from services.identity.organizations.claims import claim_domains, claim_tax_id
from services.identity.organizations.manager import require_manager
from services.identity.organizations.model import Organization, WrongState
from services.identity.organizations.table import ORGANIZATIONS, organizations
from services.identity.organizations.tree import move_people


@dataclass(frozen=True)
class CreateOrganization:
    """Values by field, as `Organization` has them; below the caller's own organisation when no parent is given."""

    parent_id: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UpdateOrganization:
    """New values by field."""

    id: str
    etag: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Named:
    """Which one, as it was seen, and a reason code or the new parent where one is asked for."""

    id: str
    etag: str = ""
    reason: str = ""
    parent_id: str = ""


class FieldOfVendor(PermissionDenied):
    """A partner may change some of its own data, not this."""

    reason = "ORGANIZATION_FIELD_OF_VENDOR"


def create_organization(tx: Transaction, cmd: CreateOrganization) -> Organization:
    """Add one in onboarding. Raises AlreadyExists for a domain or tax number that another has."""
    parent = tx.get(ORGANIZATIONS, cmd.parent_id or tx.subject.org_id)
    organization = below(tx, parent, cmd.values)
    tx.add(ORGANIZATIONS, organization)
    tx.authorize("create", organization)
    if parent.closed:
        raise WrongState(f"{parent.name} is {parent.state.value}")
    rules.require_depth(organization.org_path)
    _check(tx, organization, cmd.values)
    organization.create()
    organization_changed(tx, organization)
    return organization


def below(tx: Transaction, parent: Organization | None, values: Mapping[str, Any]) -> Organization:
    """A new organisation below another, or the root; not stored yet."""
    chosen = tx.new_id(ORGANIZATIONS.prefix)
    return Organization(
        id=chosen,
        created_at=tx.now,
        updated_at=tx.now,
        org_id=chosen,
        org_path=f"{parent.org_path if parent else ''}{chosen}.",
        parent_id=parent.id if parent else "",
        **{"name": "", "owner_id": "", "time_zone": parent.time_zone if parent else "UTC", **values},
    )


def update_organization(tx: Transaction, cmd: UpdateOrganization) -> Organization:
    """Change what it is. Raises AlreadyExists for a domain or tax number that another has."""
    organization = tx.load(ORGANIZATIONS, cmd.id)
    tx.authorize("update", organization)
    tx.require_etag(organization, cmd.etag)
    _require_may_change(tx, organization, cmd.values)
    organization.update(cmd.values)
    _check(tx, organization, cmd.values)
    organization_changed(tx, organization)
    return organization


def _require_may_change(tx: Transaction, organization: Organization, values: Mapping[str, Any]) -> None:
    """What rights hang on (tier, types, domains …) is the vendor's to say, also where a partner may change its own data."""
    changed = [name for name, value in values.items() if getattr(organization, name) != value]
    foreign = sorted(set(changed) - rules.PARTNERS_FIELDS)
    if foreign and tx.subject.kind != "vendor":
        fields = [FieldViolation(f"organization.{name}", "only the vendor may change it", FieldOfVendor.reason) for name in foreign]
        raise FieldOfVendor(f"Only the vendor may change {', '.join(foreign)}", fields=fields)


def _check(tx: Transaction, organization: Organization, values: Mapping[str, Any]) -> None:
    """Names and zones must exist; what only one can have is claimed."""
    rules.require_types(organization.types, vendor=organization.is_vendor)
    rules.require_zone(organization.time_zone, "organization.time_zone")
    if not organization.name.strip():
        raise InvalidArgument.field("organization.name", "Give the legal name")
    if "domains" in values:
        claim_domains(tx.connection, organization.id, organization.domains)
    if "tax_id" in values:
        claim_tax_id(tx.connection, organization.id, organization.tax_id)
    if values.get("owner_id"):
        require_manager(tx, organization)


def activate_organization(tx: Transaction, cmd: Named) -> Organization:
    """Onboarding is done."""
    organization = _asked(tx, cmd, "activate")
    organization.activate()
    organization_changed(tx, organization)
    return organization


def suspend_organization(tx: Transaction, cmd: Named) -> Organization:
    """Close access of all its people, by one fact."""
    organization = _asked(tx, cmd, "suspend")
    organization.suspend(cmd.reason)
    organization_changed(tx, organization)
    return organization


def reactivate_organization(tx: Transaction, cmd: Named) -> Organization:
    """Open access again."""
    organization = _asked(tx, cmd, "suspend")
    organization.reactivate()
    organization_changed(tx, organization)
    return organization


def terminate_organization(tx: Transaction, cmd: Named) -> Organization:
    """Close it for good, by one fact."""
    organization = _asked(tx, cmd, "terminate")
    organization.terminate(cmd.reason)
    organization_changed(tx, organization)
    return organization


def move_organization(tx: Transaction, cmd: Named) -> Organization:
    """Put it, with all below it, under another parent; one fact for each organisation of the subtree."""
    organization = _asked(tx, cmd, "move")
    parent = tx.get(ORGANIZATIONS, cmd.parent_id)
    before = organization.org_path
    organization.move(parent)
    if organization.org_path == before:
        return organization
    for below_it in tx.take(ORGANIZATIONS, organizations.c.org_path.startswith(before, autoescape=True)):
        if below_it is not organization:
            below_it.org_path = organization.org_path + below_it.org_path.removeprefix(before)
        rules.require_depth(below_it.org_path)
        organization_changed(tx, below_it)
    move_people(tx.connection, before, organization.org_path)
    return organization


def _asked(tx: Transaction, cmd: Named, action: str) -> Organization:
    """Loaded, allowed and unchanged since it was seen."""
    organization = tx.load(ORGANIZATIONS, cmd.id)
    tx.authorize(action, organization)
    tx.require_etag(organization, cmd.etag)
    return organization
