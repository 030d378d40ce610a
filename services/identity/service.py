"""identity as data."""

from __future__ import annotations

from chassis.service import Service
from services.identity import jobs
from services.identity.grants.table import GRANTS
from services.identity.groups.table import GROUPS
from services.identity.organizations.table import ORGANIZATIONS
from services.identity.people.table import PEOPLE
from services.identity.roles.table import ROLES
from services.identity.schema import metadata
from services.identity.service_accounts.table import SERVICE_ACCOUNTS
from services.identity.sessions.table import SESSIONS

SERVICE = Service(
    name="identity",
    metadata=metadata,
    jobs={jobs.TIDY: jobs.tidy},
    nouns=(ORGANIZATIONS, PEOPLE, ROLES, GROUPS, GRANTS, SERVICE_ACCOUNTS, SESSIONS),
)
