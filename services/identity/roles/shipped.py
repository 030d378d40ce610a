"""The roles that come with the suite, as data: role → resource → action → scopes. An installation may change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prm.identity.v1 import facts_pb2

Permissions = dict[str, dict[str, tuple[str, ...]]]

# Hidden from everybody who has no role that reads them.
GUARDED_FIELDS = ("organization.tax_id", "person.last_sign_in_time", "registration.margin_percent")

# What an event may be about beside the resources of the contracts.
EVENT_RESOURCES = ("audit_head", "download", "facts", "signing_key", "upload")


@dataclass(frozen=True)
class ShippedRole:
    """A role. `kind` says whom it is for: vendor, partner or system. `approval_limit` is in minor units of the programme's
    currency; 0 approves nothing that has an amount limit."""

    kind: str
    permissions: Permissions
    readable_fields: tuple[str, ...] = ()
    grantable_roles: tuple[str, ...] = ()
    toxic_with: tuple[str, ...] = ()
    approval_limit: int = 0


def _in(scopes: str, actions: str) -> dict[str, tuple[str, ...]]:
    return {action: tuple(scopes.split()) for action in actions.split()}


def _reads(*resources: str, scope: str = "all") -> Permissions:
    return {resource: _in(scope, "read") for resource in resources}


WORKING = "create read update submit discard withdraw"
DECIDING = "approve reject send_back retract"
EVERYBODY = _reads("event", "programme_setting")
PARTNER = EVERYBODY | _reads("course") | {"document": _in("all", "read download")}
VENDOR = PARTNER | _reads("registration", "organization", "person", "budget", "reserved_account", "role")
TEAM = {
    "person": _in("org", "read invite update set_roles deactivate"),
    "group": _in("org", "create read update delete"),
    "grant": _in("org", "read"),
    "audit_record": _in("org", "read"),
    "decision": _in("org", "explain"),
    "role": _in("all", "read"),
}
# Why somebody may or may not, about anybody; about oneself it needs no role.
ASKING = {"decision": _in("all", "explain what_if who_can")}
PARTNER_ROLES = ("partner_admin", "partner_marketing", "partner_sales")

SHIPPED: Mapping[str, ShippedRole] = {
    "partner_sales": ShippedRole(
        kind="partner",
        permissions=PARTNER | _reads("organization", "person", scope="org") | {"registration": _in("own", WORKING)},
        readable_fields=("registration.margin_percent",),
    ),
    "partner_marketing": ShippedRole(
        kind="partner",
        permissions=PARTNER | _reads("organization", "person", "registration", "budget", scope="org"),
    ),
    "partner_admin": ShippedRole(
        kind="partner",
        permissions=PARTNER
        | TEAM
        | {
            "registration": _in("org", WORKING) | _in("subtree", "read"),
            "organization": _in("subtree", "read") | _in("org", "update"),
            "budget": _in("subtree", "read"),
            "download": _in("org", "read"),
        },
        readable_fields=("registration.margin_percent", "organization.tax_id", "person.last_sign_in_time"),
        grantable_roles=PARTNER_ROLES,
    ),
    # It sees the deals of its resellers, but not what they earn with them.
    "distributor_admin": ShippedRole(
        kind="partner",
        permissions=PARTNER
        | TEAM
        | {
            "registration": _in("org", WORKING) | _in("subtree", "read"),
            "organization": _in("subtree", "read") | _in("org", "update"),
            "person": TEAM["person"] | _in("subtree", "read"),
            "budget": _in("subtree", "read"),
            "download": _in("org", "read"),
        },
        readable_fields=("organization.tax_id", "person.last_sign_in_time"),
        grantable_roles=("distributor_admin", *PARTNER_ROLES),
    ),
    "channel_manager": ShippedRole(
        kind="vendor",
        permissions=VENDOR
        | {
            "registration": _in("assigned", f"read {DECIDING}"),
            "organization": _in("assigned org", "read"),
            "person": _in("assigned org", "read") | _in("assigned", "invite"),
            "budget": _in("assigned", "read create update"),
            "reserved_account": _in("all", "read create"),
            "document": _in("all", "read download create update"),
            "download": _in("assigned", "read"),
        },
        readable_fields=("registration.margin_percent", "organization.tax_id"),
        grantable_roles=PARTNER_ROLES,
    ),
    "programme_manager": ShippedRole(
        kind="vendor",
        permissions=VENDOR
        | {
            "registration": _in("all", f"read {DECIDING}"),
            "organization": _in("all", "read create update activate suspend"),
            "person": _in("all", "read assign"),
            "budget": _in("all", "read create update activate close"),
            "reserved_account": _in("all", "read create update"),
            "document": _in("all", "read download create update publish"),
            "download": _in("all", "read"),
            "upload": _in("all", "read"),
            "course": _in("all", "read create update publish"),
            "programme_setting": _in("all", "read update"),
            "audit_record": _in("all", "read"),
        },
        readable_fields=("registration.margin_percent", "organization.tax_id"),
        approval_limit=10_000_000,
    ),
    "finance": ShippedRole(
        kind="vendor",
        permissions=VENDOR | _reads("audit_record") | {"budget": _in("all", "read activate close")},
        readable_fields=("registration.margin_percent", "organization.tax_id"),
        toxic_with=("channel_manager",),
        approval_limit=50_000_000,
    ),
    # Reads everything, changes nothing, and holds no other role of the vendor.
    "auditor": ShippedRole(
        kind="vendor",
        permissions=VENDOR
        | ASKING
        | _reads("audit_record", "group", "grant", "service_account", "session", "delivery", *EVENT_RESOURCES)
        | {"registration": _in("all", "read read_draft")},
        readable_fields=GUARDED_FIELDS,
        toxic_with=("administrator", "channel_manager", "finance", "programme_manager"),
    ),
    # Runs access, not business: no deals, no funds.
    "administrator": ShippedRole(
        kind="vendor",
        permissions=PARTNER
        | ASKING
        | _reads("audit_record", "session", "delivery")
        | {
            "organization": _in("all", "read create update activate suspend terminate move"),
            "person": _in("all", "read invite update set_roles assign deactivate"),
            "role": _in("all", "read create update"),
            "group": _in("all", "create read update delete"),
            "grant": _in("all", "create read revoke"),
            "service_account": _in("all", "create read update"),
        },
        readable_fields=("organization.tax_id", "person.last_sign_in_time"),
        grantable_roles=(
            "administrator",
            "auditor",
            "channel_manager",
            "distributor_admin",
            "finance",
            "programme_manager",
            "integration",
            *PARTNER_ROLES,
        ),
    ),
    # The gateway itself: trades cookies for tokens and passes live notices on.
    "portal": ShippedRole(kind="system", permissions={"session": _in("all", "exchange"), "notification": _in("all", "watch")}),
    # CRM, ERP, data warehouse.
    "integration": ShippedRole(
        kind="system",
        permissions=VENDOR | {"registration": _in("all", "read read_draft"), "reserved_account": _in("all", "read create update")},
        readable_fields=("organization.tax_id",),
    ),
}


def facts_of(
    roles: Mapping[str, ShippedRole], version: int, floor: int, guarded: Iterable[str] = GUARDED_FIELDS
) -> facts_pb2.RoleFactsChanged:
    """The role table as the fact that all services get."""
    return facts_pb2.RoleFactsChanged(
        version=version, floor=floor, roles=[_fact(name, role) for name, role in sorted(roles.items())], guarded_fields=sorted(guarded)
    )


def _fact(name: str, role: ShippedRole) -> facts_pb2.RoleFactsChanged.Role:
    permissions = [
        facts_pb2.RoleFactsChanged.Permission(resource=resource, action=action, scopes=scopes)
        for resource, actions in sorted(role.permissions.items())
        for action, scopes in sorted(actions.items())
    ]
    return facts_pb2.RoleFactsChanged.Role(
        id=name,
        permissions=permissions,
        readable_fields=role.readable_fields,
        toxic_with=role.toxic_with,
        approval_limit=role.approval_limit,
    )
