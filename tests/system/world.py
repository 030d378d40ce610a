"""A small programme with somebody of every role at every distance: the vendor, a distributor with two resellers, a stranger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from google.protobuf.message import Message
from google.type import date_pb2
from prm.deals.v1 import registrations_pb2
from prm.identity.v1 import access_pb2, access_pb2_grpc, organizations_pb2, people_pb2
from prm.mdf.v1 import budgets_pb2

from chassis.money import Money
from cli.demo.client import Api, eventually, patiently
from cli.demo.people import newest_invitation
from tests.system.suite import Suite

PASSWORD = "a-long-test-password"
COMPANIES = {
    "distributor": ("vendor", ("distributor",)),
    "reseller": ("distributor", ("reseller",)),
    "sibling": ("distributor", ("reseller",)),
    "stranger": ("vendor", ("var",)),
}
PEOPLE = {
    "sales": ("reseller", "partner_sales"),
    "colleague": ("reseller", "partner_sales"),
    "marketing": ("reseller", "partner_marketing"),
    "admin": ("reseller", "partner_admin"),
    "distributor": ("distributor", "distributor_admin"),
    "distributor_sales": ("distributor", "partner_sales"),
    "sibling_sales": ("sibling", "partner_sales"),
    "sibling_admin": ("sibling", "partner_admin"),
    "stranger_admin": ("stranger", "partner_admin"),
    "manager": ("vendor", "channel_manager"),
    "programme": ("vendor", "programme_manager"),
    "finance": ("vendor", "finance"),
    "auditor": ("vendor", "auditor"),
}


@dataclass
class World:
    """Ids of what was made. `people` and `organizations` are by the keys above; `administrator` is the first person."""

    suite: Suite
    api: Api
    administrator: str
    organizations: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])  # several worlds may share a suite

    def email(self, key: str) -> str:
        """What somebody signs in with."""
        return self.administrator if key == "administrator" else f"{key.replace('_', '.')}@{PEOPLE[key][0]}-{self.tag}.example"

    def call(self, key: str, method: Any, request: Message) -> Any:
        """One call as this person."""
        return self.api.call(self.email(key), method, request)

    def metadata(self, key: str) -> tuple[tuple[str, str], ...]:
        """The authorization metadata of a person, or of the service account `integration`."""
        if key in self.tokens:
            return (("authorization", f"Bearer {self.tokens[key]}"),)
        return self.api.metadata(self.email(key))


def build(suite: Suite) -> World:
    """Make the programme through the public API."""
    api = Api(suite.targets, lambda: datetime.now(UTC))
    administrator = suite.settings["PRM_ADMIN_EMAIL"]
    api.knows(administrator, suite.settings["PRM_ADMIN_PASSWORD"])
    world = World(suite, api, administrator)
    me = api.call(administrator, api.people.GetMe, people_pb2.GetMeRequest())
    world.organizations["vendor"], world.people["administrator"] = me.organization_id, me.person.id
    for key, (parent, types) in COMPANIES.items():
        _company(world, key, parent, types)
    for key, (company, role) in PEOPLE.items():
        _person(world, key, company, role)
    for key in PEOPLE:
        _joins(world, key)
    mine = people_pb2.AssignOrganizationsRequest(id=world.people["manager"], organization_ids=[world.organizations["reseller"]])
    api.call(administrator, api.people.AssignOrganizations, mine)
    _service_account(world)
    return world


def _company(world: World, key: str, parent: str, types: tuple[str, ...]) -> None:
    wanted = organizations_pb2.Organization(
        parent_id=world.organizations[parent], name=f"The {key} GmbH", types=types, domains=[f"{key}-{world.tag}.example"], country="DE",
        time_zone="Europe/Berlin", tier="silver",
    )  # fmt: skip
    made = world.call(
        "administrator", world.api.organizations.CreateOrganization, organizations_pb2.CreateOrganizationRequest(organization=wanted)
    )
    world.call("administrator", world.api.organizations.ActivateOrganization, organizations_pb2.ActivateOrganizationRequest(id=made.id))
    world.organizations[key] = made.id


def _person(world: World, key: str, company: str, role: str) -> None:
    request = people_pb2.InvitePersonRequest(
        organization_id=world.organizations[company], email=world.email(key), name=f"{key} person", roles=[role], language="en"
    )
    world.people[key] = world.call("administrator", world.api.people.InvitePerson, request).id


def _joins(world: World, key: str) -> None:
    joins(world, world.email(key))


def joins(world: World, email: str) -> None:
    """Accept the invitation that came to this address."""
    token = eventually(lambda: newest_invitation(world.suite.mailbox, email), f"the invitation of {email}")
    world.api.public(world.api.people.AcceptInvitation, people_pb2.AcceptInvitationRequest(token=token, password=PASSWORD))
    world.api.knows(email, PASSWORD)


def newcomer(world: World, role: str = "partner_sales", company: str = "reseller") -> tuple[str, str]:
    """Somebody whom no other test knows, for what may happen to her; -> her id and address."""
    email = f"new.{uuid.uuid4().hex[:8]}@{company}-{world.tag}.example"
    request = people_pb2.InvitePersonRequest(
        organization_id=world.organizations[company], email=email, name="New Comer", roles=[role], language="en"
    )
    made: str = world.call("administrator", world.api.people.InvitePerson, request).id
    joins(world, email)
    return made, email


def _service_account(world: World) -> None:
    channel = grpc.insecure_channel(world.suite.targets["identity"])
    accounts, tokens = access_pb2_grpc.ServiceAccountsStub(channel), access_pb2_grpc.TokensStub(channel)
    wanted = access_pb2.CreateServiceAccountRequest(service_account=access_pb2.ServiceAccount(name="CRM", roles=["integration"]))
    made = world.call("administrator", accounts.CreateServiceAccount, wanted)
    request = access_pb2.IssueRequest(client_id=made.service_account.id, client_secret=made.client_secret)
    world.tokens["integration"] = patiently(lambda: tokens.Issue(request, timeout=10)).access_token
    world.people["integration"] = made.service_account.id


def registration(name: str = "Fischwerk Cuxhaven GmbH", **changes: Any) -> registrations_pb2.Registration:
    """A complete one."""
    values: dict[str, Any] = {
        "customer": registrations_pb2.Customer(name=name, domain=f"{slug(name)}.example", country="DE", town="Cuxhaven"),
        "product_families": ["halo_c12"],
        "value": Money("EUR", 21_400_000).to_proto(),
        "expected_close": date_pb2.Date(year=datetime.now(UTC).year + 1, month=3, day=26),
        "evidence_note": "Walked line 2 with the plant manager; they want two cells.",
        "margin_percent": 14.0,
    }
    return registrations_pb2.Registration(**(values | changes))


def slug(name: str) -> str:
    """A domain's label of a name, so that different customers have different domains."""
    return "".join(character if character.isalnum() and character.isascii() else "-" for character in name.lower()).strip("-")


def submitted(world: World, seller: str, name: str, /, **changes: Any) -> registrations_pb2.Registration:
    """Created and submitted by a seller; -> as it is in review."""
    stub = world.api.registrations
    wanted = registrations_pb2.CreateRegistrationRequest(registration=registration(name, **changes))
    made = world.call(seller, stub.CreateRegistration, wanted)
    world.call(seller, stub.SubmitRegistration, registrations_pb2.SubmitRegistrationRequest(id=made.id))

    def reviewed() -> registrations_pb2.Registration | None:
        found = world.call(seller, stub.GetRegistration, registrations_pb2.GetRegistrationRequest(id=made.id))
        return found if found.status == registrations_pb2.Registration.IN_REVIEW else None

    return eventually(reviewed, f"the check of {made.id}")  # type: ignore[no-any-return]


def budget(world: World, company: str) -> budgets_pb2.Budget:
    """An active budget of a partner, opened by the programme manager and activated by finance."""
    wanted = budgets_pb2.Budget(
        organization_id=world.organizations[company], name="2026", allocated=Money("EUR", 2_400_000).to_proto(),
        start_date=date_pb2.Date(year=2026, month=1, day=1), end_date=date_pb2.Date(year=2027, month=12, day=31),
    )  # fmt: skip
    made = world.call("programme", world.api.budgets.CreateBudget, budgets_pb2.CreateBudgetRequest(budget=wanted))
    return world.call("finance", world.api.budgets.ActivateBudget, budgets_pb2.ActivateBudgetRequest(id=made.id))  # type: ignore[no-any-return]
