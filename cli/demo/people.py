"""Companies and people: created by the administrator, invited by mail, joined by the link in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

from prm.identity.v1 import organizations_pb2, people_pb2

from cli.demo.client import Api, eventually
from cli.demo.programme import COMPANIES, MEMBERS, PASSWORD, VENDOR, email

LINK = re.compile(r"/invitations/([A-Za-z0-9_-]+)")


@dataclass
class Programme:
    """Ids of what was made, by the keys of the demo's data."""

    administrator: str
    organizations: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)


def create_companies(api: Api, made: Programme) -> None:
    """Add and activate all organisations below the vendor."""
    me = api.call(made.administrator, api.people.GetMe, people_pb2.GetMeRequest())
    made.organizations[VENDOR] = me.organization_id
    at_home = organizations_pb2.Organization(id=me.organization_id, country="DE", time_zone="Europe/Berlin")
    update = organizations_pb2.UpdateOrganizationRequest(organization=at_home)
    update.update_mask.paths.extend(["country", "time_zone"])
    api.call(made.administrator, api.organizations.UpdateOrganization, update)
    for company in COMPANIES:
        wanted = organizations_pb2.Organization(
            parent_id=made.organizations[company.parent], name=company.name, types=company.types, domains=[company.domain],
            country=company.country, time_zone=company.zone, tier=company.tier, tax_id=company.tax_id,
        )  # fmt: skip
        request = organizations_pb2.CreateOrganizationRequest(organization=wanted)
        created = api.call(made.administrator, api.organizations.CreateOrganization, request)
        activate = organizations_pb2.ActivateOrganizationRequest(id=created.id)
        api.call(made.administrator, api.organizations.ActivateOrganization, activate)
        made.organizations[company.key] = created.id


def invite_everybody(api: Api, made: Programme, mailbox: Path) -> None:
    """Invite all members, read their mails and take up each invitation."""
    for member in MEMBERS:
        request = people_pb2.InvitePersonRequest(
            organization_id=made.organizations[member.company], email=email(member), name=member.name,
            roles=member.roles, language=member.language,
        )  # fmt: skip
        made.people[member.key] = api.call(made.administrator, api.people.InvitePerson, request).id
    for member in MEMBERS:
        token = eventually(partial(newest_invitation, mailbox, email(member)), f"the invitation of {email(member)}")
        api.public(api.people.AcceptInvitation, people_pb2.AcceptInvitationRequest(token=token, password=PASSWORD))
        api.knows(email(member), PASSWORD)


def assign_managers(api: Api, made: Programme) -> None:
    """Give each channel manager her partners."""
    for manager in sorted({company.manager for company in COMPANIES}):
        ids = [made.organizations[company.key] for company in COMPANIES if company.manager == manager]
        request = people_pb2.AssignOrganizationsRequest(id=made.people[manager], organization_ids=ids)
        api.call(made.administrator, api.people.AssignOrganizations, request)


def newest_invitation(mailbox: Path, address: str) -> str:
    """The token of the newest invitation to this address, or empty while none has come."""
    for file in sorted(mailbox.glob("*.eml"), reverse=True):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        if address not in str(message["to"]):
            continue
        body = message.get_body(("plain", "html"))
        found = LINK.search(body.get_content() if body is not None else "")
        if found:
            return found[1]
    return ""
