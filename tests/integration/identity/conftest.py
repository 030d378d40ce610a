"""identity as it runs: a real database, a real policy engine, a real gRPC channel; time moves by the clock file."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from prm.identity.v1 import access_pb2, access_pb2_grpc, events_pb2, organizations_pb2, organizations_pb2_grpc, people_pb2, people_pb2_grpc
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from chassis.clock import Clock
from chassis.events.tables import outbox
from chassis.policy.facts import Facts
from chassis.policy.tokens import TokenVerifier
from chassis.rpc.host import ServiceHost
from chassis.rpc.server import Server
from chassis.settings import ServiceSettings, SharedSettings
from chassis.store.system import SystemWork
from chassis.telemetry.rpc import RpcMetrics
from services.identity.bootstrap import Made, Wanted, bootstrap
from services.identity.service import SERVICE
from tests.stack import Databases

PASSWORD = "correct horse battery"
ADMIN = "admin@northwind.example"
DEADLINE = 10.0


@dataclass
class Refusal:
    """What a call answered instead of yes."""

    code: grpc.StatusCode
    reason: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)
    retry_after: timedelta = timedelta(0)


def refusal(call: Callable[[], Any]) -> Refusal:
    """The refusal of a call that must not succeed."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error: Any = caught.value
    status = rpc_status.from_call(error)
    found = Refusal(error.code(), "", error.details())
    assert status is not None
    for detail in status.details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo):
            if detail.Is(kind.DESCRIPTOR):
                message = kind()
                detail.Unpack(message)
                _take(found, message)
    return found


def _take(found: Refusal, message: Message) -> None:
    if isinstance(message, error_details_pb2.ErrorInfo):
        found.reason = message.reason
    elif isinstance(message, error_details_pb2.BadRequest):
        found.fields = {item.field: item.reason for item in message.field_violations}
    elif isinstance(message, error_details_pb2.RetryInfo):
        found.retry_after = message.retry_delay.ToTimedelta()


class Caller:
    """Somebody's stubs: a token on every call, a deadline, a request id where one is needed."""

    def __init__(self, channel: grpc.Channel, token: str = "") -> None:
        self._channel, self.token = channel, token
        self.sessions = access_pb2_grpc.SessionsStub(channel)
        self.tokens = access_pb2_grpc.TokensStub(channel)
        self.accounts = access_pb2_grpc.ServiceAccountsStub(channel)
        self.organizations = organizations_pb2_grpc.OrganizationsStub(channel)
        self.people = people_pb2_grpc.PeopleStub(channel)
        self.roles = people_pb2_grpc.RolesStub(channel)
        self.groups = people_pb2_grpc.GroupsStub(channel)
        self.grants = people_pb2_grpc.GrantsStub(channel)

    def __call__(self, method: Callable[..., Any], request: Message) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:  # type: ignore[attr-defined]
            request.request_id = f"test-{uuid.uuid4()}"  # type: ignore[attr-defined]
        metadata = (("authorization", f"Bearer {self.token}"),) if self.token else ()
        return method(request, timeout=DEADLINE, metadata=metadata)

    def with_token(self, token: str) -> Caller:
        return Caller(self._channel, token)


@dataclass
class World:
    """One installation."""

    host: ServiceHost
    work: SystemWork
    made: Made
    channel: grpc.Channel
    clock_file: Path
    keys: Path
    portal_secret: str

    @property
    def nobody(self) -> Caller:
        return Caller(self.channel)

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        nobody = self.nobody
        return nobody(nobody.sessions.SignIn, access_pb2.SignInRequest(email=email, password=password, user_agent="tests"))

    def as_(self, email: str, password: str = PASSWORD) -> Caller:
        return Caller(self.channel, self.sign_in(email, password).access_token)

    @property
    def admin(self) -> Caller:
        return self.as_(ADMIN)

    def gateway(self) -> Caller:
        nobody = self.nobody
        answer = nobody(nobody.tokens.Issue, access_pb2.IssueRequest(client_id="portal", client_secret=self.portal_secret))
        return nobody.with_token(answer.access_token)

    def exchange(self, secret: str) -> Any:
        gateway = self.gateway()
        return gateway(gateway.sessions.ExchangeSession, access_pb2.ExchangeSessionRequest(session_secret=secret))

    def company(self, name: str, parent: str = "", **values: Any) -> Any:
        """An active organisation."""
        admin = self.admin
        values = {"types": ["reseller"], "domains": [domain(name)], "country": "DE", **values}
        wanted = organizations_pb2.Organization(name=name, parent_id=parent, **values)
        request = organizations_pb2.CreateOrganizationRequest(organization=wanted)
        created = admin(admin.organizations.CreateOrganization, request)
        return admin(admin.organizations.ActivateOrganization, organizations_pb2.ActivateOrganizationRequest(id=created.id))

    def invitation(self, person_id: str) -> str:
        """The token of the newest link, as the mail would carry it."""
        found = self.events(f"person/{person_id}", "prm.identity.person.invited.v1")
        message = events_pb2.PersonInvited.FromString(found[-1].personal)
        return str(message.token)

    def join(self, email: str, roles: list[str], organization_id: str = "", name: str = "") -> Any:
        """Invited by the administrator and active."""
        admin, nobody = self.admin, self.nobody
        request = people_pb2.InvitePersonRequest(
            organization_id=organization_id, email=email, name=name or email.partition("@")[0], roles=roles
        )
        person = admin(admin.people.InvitePerson, request)
        accept = people_pb2.AcceptInvitationRequest(token=self.invitation(person.id), password=PASSWORD)
        nobody(nobody.people.AcceptInvitation, accept)
        return admin(admin.people.GetPerson, people_pb2.GetPersonRequest(id=person.id))

    def events(self, aggregate: str, type_: str = "") -> list[Any]:
        """Staged events of an object, in their order."""
        statement = sa.select(outbox).where(outbox.c.aggregate == aggregate).order_by(outbox.c.aggregate_seq)
        with self.host.database.reading() as connection:
            rows = connection.execute(statement).all()
        return [row for row in rows if not type_ or row.type == type_]

    def query(self, statement: Any) -> list[Any]:
        with self.host.database.reading() as connection:
            return list(connection.execute(statement).all())

    def shift(self, by: timedelta) -> None:
        """Move time; facts are read anew, since what is cached knows only the real clock."""
        self.clock_file.write_text(str(by.total_seconds()))
        time.sleep(0.06)  # the clock looks at its file every 50 ms
        self.host.facts.forget()

    def verifier(self) -> TokenVerifier:
        """What another service has to verify with: public facts alone."""
        return TokenVerifier(Facts(self.host.database, self.host.clock), self.host.clock)

    def now(self) -> datetime:
        return self.host.clock.now()


def domain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum()) + ".example"


@pytest.fixture(scope="module")
def world(postgres: Databases, opa: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("identity")
    clock_file, keys, urls = folder / "clock", folder / "keys", postgres.service("identity")
    shared = SharedSettings(opa_url=opa, page_key=SecretStr("pages"), keys_dir=keys, clock_file=clock_file, reflection=False)
    own = ServiceSettings(database_url=SecretStr(urls.runtime), listen="127.0.0.1:0", call_threads=8)
    host = ServiceHost("identity", own, shared, Clock(clock_file))
    work = SystemWork(SERVICE, host.database, host.clock, shared)
    secret = "portal-secret-" + uuid.uuid4().hex
    made = bootstrap(work, Wanted(keys, "Northwind Robotics", ADMIN, "Ada Admin", PASSWORD, "portal", secret))
    server = Server(host, RpcMetrics(CollectorRegistry()))
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    yield World(host, work, made, channel, clock_file, keys, secret)
    channel.close()
    server.stop().wait(2)
    host.close()


@pytest.fixture(autouse=True)
def time_now(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins and ends in the present."""
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").shift(timedelta(0))


@pytest.fixture(scope="module")
def lumen(world: World) -> Any:
    return world.company("Lumen")


@pytest.fixture(scope="module")
def boss(world: World, lumen: Any) -> Any:
    return world.join("boss@lumen.example", ["partner_admin"], lumen.id)
