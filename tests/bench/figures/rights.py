"""How long a right that was taken away still works somewhere: asked of all six services with a token that stays good."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc
import psycopg
from google.protobuf.field_mask_pb2 import FieldMask
from prm.content.v1 import documents_pb2, documents_pb2_grpc
from prm.deals.v1 import registrations_pb2, registrations_pb2_grpc
from prm.identity.v1 import organizations_pb2, organizations_pb2_grpc, people_pb2, people_pb2_grpc
from prm.mdf.v1 import budgets_pb2, budgets_pb2_grpc
from prm.notify.v1 import notifications_pb2, notifications_pb2_grpc
from prm.training.v1 import courses_pb2, courses_pb2_grpc

from cli.demo.client import Api, eventually
from tests.bench.bench import Bench, Figure
from tests.bench.report import Goal, Line, Sense
from tests.bench.suite import Suite

SECONDS = 2.0
PEOPLE = 5000
AT_ONCE = 10
POLL_SECONDS = 0.05
GONE = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.NOT_FOUND)
# One reading call a service, and the permission that it needs.
LOOKS: dict[str, tuple[Any, str, Any, str]] = {
    "identity": (people_pb2_grpc.RolesStub, "ListRoles", people_pb2.ListRolesRequest(), "role"),
    "deals": (registrations_pb2_grpc.RegistrationsStub, "ListRegistrations", registrations_pb2.ListRegistrationsRequest(page_size=1), "registration"),
    "mdf": (budgets_pb2_grpc.BudgetsStub, "ListBudgets", budgets_pb2.ListBudgetsRequest(page_size=1), "budget"),
    "content": (documents_pb2_grpc.DocumentsStub, "ListDocuments", documents_pb2.ListDocumentsRequest(page_size=1), "document"),
    "training": (courses_pb2_grpc.CoursesStub, "ListCourses", courses_pb2.ListCoursesRequest(page_size=1), "course"),
    "notify": (notifications_pb2_grpc.NotificationsStub, "ListDeliveries", notifications_pb2.ListDeliveriesRequest(page_size=1), "delivery"),
}  # fmt: skip


@dataclass
class Stage:
    """The suite, who may change rights there, and a channel to each service."""

    suite: Suite
    api: Api
    administrator: str
    channels: dict[str, grpc.Channel]
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    late: set[str] = field(default_factory=set)  # services that did not refuse in time

    def call(self, stub: type[Any], method: str, request: Any) -> Any:
        """As the administrator."""
        return self.api.call(self.administrator, getattr(stub(self.channels["identity"]), method), request)

    def asked(self, person: str, service: str) -> grpc.StatusCode:
        """What the service answers her."""
        stub, method, request, _ = LOOKS[service]
        try:
            getattr(stub(self.channels[service]), method)(request, timeout=5, metadata=self.suite.metadata(person, "partner"))
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    def allowed(self, person: str) -> None:
        """Wait until every service lets her."""
        for service in LOOKS:
            eventually(lambda service=service: self.asked(person, service) is grpc.StatusCode.OK, f"{person} at {service}")  # type: ignore[misc]

    def refused_after(self, person: str, take: Callable[[], Any]) -> float:
        """Take a right; -> seconds from the answer until the last service refuses her. 10 and more: one never did."""
        take()
        began, left = time.monotonic(), set(LOOKS)
        while left and time.monotonic() - began < 10:
            left = {service for service in left if self.asked(person, service) not in GONE}
            self.late |= left if time.monotonic() - began > SECONDS else set()
            if left:
                time.sleep(POLL_SECONDS)
        return time.monotonic() - began


def rights(bench: Bench) -> Iterable[Line]:
    """A person's role, a role's action, a distributor with 5,000 people."""
    suite, times = bench.suites.default(), bench.wishes.some(100, 5)
    api, administrator = suite.api()
    stage = Stage(suite, api, administrator, {name: grpc.insecure_channel(suite.target(name)) for name in LOOKS})
    try:
        for what, parties in (
            ("a role of a person", _roles_of_people(stage)),
            ("the actions of a role", _actions_of_roles(stage)),
            (f"a suspended distributor with {PEOPLE:,} people".replace(",", " "), _distributors(stage, bench.wishes.some(PEOPLE, 50))),
        ):
            taken = _measured(stage, parties, times)
            late = sum(1 for one in taken if one > SECONDS)
            slow = f"; late: {', '.join(sorted(stage.late))}" if stage.late else ""
            note = f"{len(taken) - late} of {len(taken)} within {SECONDS:g} s, each refused by {len(LOOKS)} services{slow}"
            yield Line("rights", f"{what} taken away → refused, slowest", "s", [max(taken)], Goal(Sense.AT_MOST, SECONDS, "s"), note=note)
    finally:
        for channel in stage.channels.values():
            channel.close()


@dataclass(frozen=True)
class Party:
    """Somebody whose right is taken and given back."""

    person: str
    take: Callable[[], Any]
    give: Callable[[], Any]


def _measured(stage: Stage, parties: Sequence[Party], times: int) -> list[float]:
    """So many takings, a few side by side."""

    def some(party: Party) -> list[float]:
        found = []
        for _ in range(max(times // len(parties), 1)):
            party.give()
            stage.allowed(party.person)
            found.append(stage.refused_after(party.person, party.take))
        return found

    with ThreadPoolExecutor(len(parties)) as pool:
        return [one for found in pool.map(some, parties) for one in found]


def _role(stage: Stage, name: str) -> str:
    """A role that reads something in every service."""
    roles = people_pb2_grpc.RolesStub
    stage.call(roles, "CreateRole", people_pb2.CreateRoleRequest(role=_wanted(name)))
    found = stage.call(roles, "ListRoles", people_pb2.ListRolesRequest()).roles
    mine = next(role for role in found if role.id == "administrator")  # who may give it from now on
    kept = [role for role in mine.grantable_roles if not role.startswith("bench_") or stage.tag in role]  # not those of earlier runs
    wider = people_pb2.Role(id=mine.id, grantable_roles=[*kept, name])
    request = people_pb2.UpdateRoleRequest(role=wider, update_mask=FieldMask(paths=["grantable_roles"]))
    stage.call(roles, "UpdateRole", request)
    return name


def _wanted(name: str, *resources: str) -> people_pb2.Role:
    named = resources or tuple(item[3] for item in LOOKS.values())
    permissions = [people_pb2.Role.Permission(resource=resource, action="read", scopes=["all"]) for resource in named]
    return people_pb2.Role(id=name, kind="partner", permissions=permissions)


def _company(stage: Stage, key: str) -> str:
    """A distributor that works."""
    vendor = stage.call(people_pb2_grpc.PeopleStub, "GetMe", people_pb2.GetMeRequest()).organization_id
    wanted = organizations_pb2.Organization(
        parent_id=vendor, name=f"{key} GmbH", types=["distributor"], domains=[f"{key}.example"], country="DE", time_zone="Europe/Berlin",
        tier="silver",
    )  # fmt: skip
    stub = organizations_pb2_grpc.OrganizationsStub
    made = stage.call(stub, "CreateOrganization", organizations_pb2.CreateOrganizationRequest(organization=wanted))
    stage.call(stub, "ActivateOrganization", organizations_pb2.ActivateOrganizationRequest(id=made.id))
    return str(made.id)


def _people(stage: Stage, org: str, count: int) -> list[str]:
    """Rows of so many people who have joined, without roles; the invitations of thousands would take minutes."""
    prefix = f"per_{stage.tag}{org[-6:].lower()}_"
    statement = (
        "INSERT INTO person (id, version, sequence, created_at, updated_at, org_id, org_path, owner_id, name, email, state, roles, assigned,"
        " language, time_zone, theme) SELECT p.id, 1, 1, now(), now(), o.id, o.org_path, p.id, 'Somebody ' || n, p.id || '@bench.example', 'active',"
        " '{}', '{}', 'en', 'Europe/Berlin', 'system' FROM generate_series(1, %s) n, LATERAL (SELECT %s || n AS id) p, organization o WHERE o.id = %s"
    )
    fact = (
        "INSERT INTO fact_person (id, version, floor, kind, state, org_id, roles, assigned, grants)"
        " SELECT %s || n, 1, 1, 'partner', 'active', %s, '{}', '{}', '[]' FROM generate_series(1, %s) n"
    )
    for service in LOOKS:
        with _database(stage, service) as connection:
            if service == "identity":
                connection.execute(statement, [count, prefix, org])
            connection.execute(fact, [prefix, org, count])
    return [f"{prefix}{number + 1}" for number in range(count)]


def _database(stage: Stage, service: str) -> psycopg.Connection:
    url = stage.suite.settings[f"PRM_{service.upper()}_OWNER_DATABASE_URL"]
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _set_roles(stage: Stage, person: str, *roles: str) -> Callable[[], Any]:
    return lambda: stage.call(people_pb2_grpc.PeopleStub, "SetRoles", people_pb2.SetRolesRequest(id=person, roles=roles))


def _roles_of_people(stage: Stage) -> list[Party]:
    reader, people = _role(stage, f"bench_reader_{stage.tag}"), _people(stage, _company(stage, f"people-{stage.tag}"), AT_ONCE)
    return [Party(person, _set_roles(stage, person), _set_roles(stage, person, reader)) for person in people]


def _actions_of_roles(stage: Stage) -> list[Party]:
    """A role each, so that several can be taken apart side by side."""
    parties = []
    for number, person in enumerate(_people(stage, _company(stage, f"roles-{stage.tag}"), AT_ONCE)):
        name = _role(stage, f"bench_role_{stage.tag}_{number}")
        _set_roles(stage, person, name)()
        parties.append(Party(person, _update_role(stage, name, "group"), _update_role(stage, name)))
    return parties


def _update_role(stage: Stage, name: str, *resources: str) -> Callable[[], Any]:
    request = people_pb2.UpdateRoleRequest(role=_wanted(name, *resources), update_mask=FieldMask(paths=["permissions"]))
    return lambda: stage.call(people_pb2_grpc.RolesStub, "UpdateRole", request)


def _distributors(stage: Stage, count: int) -> list[Party]:
    """Of each, the last of its people is watched."""
    stub, reader, parties = organizations_pb2_grpc.OrganizationsStub, _role(stage, f"bench_staff_{stage.tag}"), []
    for number in range(AT_ONCE // 2):
        org = _company(stage, f"staff{number}-{stage.tag}")
        person = _people(stage, org, count)[-1]
        _set_roles(stage, person, reader)()
        stage.call(stub, "SuspendOrganization", organizations_pb2.SuspendOrganizationRequest(id=org, reason="bench"))
        parties.append(
            Party(
                person,
                partial(stage.call, stub, "SuspendOrganization", organizations_pb2.SuspendOrganizationRequest(id=org, reason="bench")),
                partial(stage.call, stub, "ReactivateOrganization", organizations_pb2.ReactivateOrganizationRequest(id=org)),
            )
        )
    return parties


FIGURES = (Figure("rights", "a right taken away → refused by every service", 420, rights),)
