"""deals for real: PostgreSQL, OPA, a gRPC server on a port, the runner's clocks; people sign their own tokens."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import grpc
import sqlalchemy as sa
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from google.type import date_pb2, money_pb2
from grpc_status import rpc_status
from joserfc.jwk import OKPKey
from prm.deals.v1 import programme_pb2, programme_pb2_grpc, registrations_pb2_grpc
from prm.deals.v1 import registrations_pb2 as pb
from prm.identity.v1 import facts_pb2

from chassis.cause import Cause
from chassis.clock import Clock
from chassis.events.types import type_of
from chassis.policy import putting
from chassis.policy.tokens import Claims, sign
from chassis.rpc.host import ServiceHost
from chassis.rpc.server import Server
from chassis.runner.jobs import Jobs
from chassis.settings import ServiceSettings, SharedSettings
from chassis.store.system import SystemWork
from chassis.store.transaction import Transaction
from chassis.telemetry.metrics import BusMetrics
from services.deals.projections import put_organization
from services.deals.service import SERVICE
from services.identity.roles.shipped import SHIPPED, facts_of

A = TypeVar("A")
KID = "key_test"
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday
NO_LIMIT = "INSERT INTO programme_setting VALUES ('set_0', 1, 1, '2026-01-01Z', '2026-01-01Z', 'registration.open_limit', '0', '2026-01-01Z', 'per_deniz')"

# id, parent, country, zone
ORGANIZATIONS = (
    ("org_v", "", "DE", "Europe/Berlin"),
    ("org_d", "org_v", "DE", "Europe/Berlin"),
    ("org_hafen", "org_d", "DE", "Europe/Berlin"),
    ("org_alpen", "org_d", "CH", "Europe/Zurich"),
    ("org_lumen", "org_v", "FR", "Europe/Paris"),
)
PATHS = {
    "org_v": "org_v.",
    "org_d": "org_v.org_d.",
    "org_hafen": "org_v.org_d.org_hafen.",
    "org_alpen": "org_v.org_d.org_alpen.",
    "org_lumen": "org_v.org_lumen.",
}
# id, organisation, role, assigned
PEOPLE = (
    ("per_tomas", "org_v", "channel_manager", ("org_hafen", "org_lumen", "org_d")),
    ("per_ingrid", "org_v", "channel_manager", ("org_alpen",)),
    ("per_deniz", "org_v", "programme_manager", ()),
    ("per_piet", "org_v", "auditor", ()),
    ("per_ottilie", "org_d", "distributor_admin", ()),
    ("per_marta", "org_hafen", "partner_sales", ()),
    ("per_levke", "org_hafen", "partner_sales", ()),
    ("per_jonas", "org_hafen", "partner_admin", ()),
    ("per_noemi", "org_alpen", "partner_sales", ()),
    ("per_bastien", "org_lumen", "partner_sales", ()),
)


@dataclass
class Refused(Exception):
    """What a call was refused with."""

    code: str
    reason: str
    text: str
    fields: dict[str, str]
    metadata: dict[str, str]

    def __str__(self) -> str:
        return f"{self.code} {self.reason} {self.text} {self.fields}"


class World:
    """The service under test."""

    def __init__(self, urls: Any, opa: str, folder: Path) -> None:
        self.clock_file = folder / "clock"
        self.clock = Clock(self.clock_file)
        self.move_to(START)
        own = ServiceSettings(
            database_url=urls.runtime, owner_database_url=urls.owner, listen="127.0.0.1:0", call_threads=8, api_connections=10
        )
        shared = SharedSettings(opa_url=opa, page_key="page", clock_file=self.clock_file, undo_window_seconds=300.0)
        self.host = ServiceHost("deals", own, shared, self.clock)
        self.work = SystemWork(SERVICE, self.host.database, self.clock, shared)
        self.jobs = Jobs(self.work, BusMetrics(_registry()))
        self._key = OKPKey.generate_key("Ed25519")
        self.seed()
        self.server = Server(self.host, _rpc_metrics())
        self.server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.registrations = registrations_pb2_grpc.RegistrationsStub(self.channel)
        self.programme = programme_pb2_grpc.ProgrammeStub(self.channel)
        self._requests = itertools.count(1)

    def close(self) -> None:
        self.channel.close()
        self.server.stop().wait(5)
        self.host.close()

    def seed(self) -> None:
        """What identity's events would have brought."""
        with self.host.database.writing() as connection:
            putting.put_roles(connection, facts_of(SHIPPED, version=1, floor=1))
            x = self._key.as_dict(private=False)["x"]
            putting.put_key(connection, facts_pb2.SigningKeyPublished(key_id=KID, version=1, x=str(x)))
            for org, parent, country, zone in ORGANIZATIONS:
                fact = facts_pb2.OrganizationFactsChanged(organization_id=org, version=1, floor=1, path=PATHS[org], state="active")
                putting.put_organization(connection, fact)
                put_organization(connection, org, country=country, time_zone=zone, parent_id=parent)
            for person in PEOPLE:
                putting.put_person(connection, person_fact(*person))
            connection.execute(sa.text(NO_LIMIT))  # tests share partners
            mark = facts_pb2.FactsReplayed(replay_id="rpl_1", people=len(PEOPLE), organizations=len(ORGANIZATIONS), keys=1)
            putting.put_mark(connection, mark, self.clock.now())

    # time

    def move_to(self, moment: datetime) -> None:
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(str((moment - datetime.now(UTC)).total_seconds()))
        fresh.replace(self.clock_file)
        self.clock._looked = float("-inf")

    def pass_time(self, **span: float) -> None:
        self.move_to(self.clock.now() + timedelta(**span))

    def run_jobs(self) -> int:
        """Everything that is due; -> how many clocks ran."""
        count = 0
        while self.jobs.run_clock():
            count += 1
            assert count < 500
        assert not self.rows("SELECT * FROM jobs WHERE attempts > 0"), "a job failed"
        return count

    # calls

    def call(self, person: str, method: Callable[..., A], request: Message, **options: Any) -> A:
        """One call as this person. Raises Refused."""
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:  # type: ignore[attr-defined]
            request.request_id = f"request-{next(self._requests)}"  # type: ignore[attr-defined]
        metadata = (("authorization", f"Bearer {self.token(person)}"),)
        try:
            return method(request, timeout=options.pop("timeout", 10), metadata=metadata)
        except grpc.RpcError as error:
            raise refusal(error) from error

    def token(self, person: str) -> str:
        now = self.clock.now().timestamp()
        claims = Claims(person, "person", "ses_1", "password", now - 1, now + 300, epoch=1, floor=1, org_floor=1, roles_floor=1)
        return sign(claims, self._key, KID)

    def create(self, person: str = "per_marta", **changes: Any) -> pb.Registration:
        return self.call(person, self.registrations.CreateRegistration, pb.CreateRegistrationRequest(registration=content(self, **changes)))

    def get(self, id: str, person: str = "per_marta") -> pb.Registration:
        return self.call(person, self.registrations.GetRegistration, pb.GetRegistrationRequest(id=id))

    def update(self, id: str, person: str = "per_marta", paths: tuple[str, ...] = (), etag: str = "", **changes: Any) -> pb.Registration:
        request = pb.UpdateRegistrationRequest(registration=pb.Registration(id=id, **changes), etag=etag)
        request.update_mask.paths.extend(paths)
        return self.call(person, self.registrations.UpdateRegistration, request)

    def submit(self, id: str, person: str = "per_marta", **options: Any) -> pb.Registration:
        return self.call(person, self.registrations.SubmitRegistration, pb.SubmitRegistrationRequest(id=id, **options))

    def submitted(self, person: str = "per_marta", **changes: Any) -> pb.Registration:
        """A new registration, in review."""
        made = self.submit(self.create(person, **changes).id, person)
        self.run_jobs()
        return self.get(made.id, person)

    def approve(self, id: str, person: str = "per_tomas", **options: Any) -> pb.Registration:
        return self.call(person, self.registrations.ApproveRegistration, pb.ApproveRegistrationRequest(id=id, **options))

    def reject(
        self, id: str, person: str = "per_tomas", rule: str = "other_registration", text: str = "Taken.", **options: Any
    ) -> pb.Registration:
        request = pb.RejectRegistrationRequest(id=id, rule=rule, text=text, **options)
        return self.call(person, self.registrations.RejectRegistration, request)

    def send_back(
        self, id: str, person: str = "per_tomas", text: str = "Which plant?", fields: tuple[str, ...] = (), **options: Any
    ) -> pb.Registration:
        request = pb.SendBackRegistrationRequest(id=id, text=text, fields=fields, **options)
        return self.call(person, self.registrations.SendBackRegistration, request)

    def retract(self, id: str, person: str = "per_tomas", **options: Any) -> pb.Registration:
        return self.call(person, self.registrations.RetractDecision, pb.RetractDecisionRequest(id=id, **options))

    def withdraw(self, id: str, person: str = "per_marta", **options: Any) -> pb.Registration:
        return self.call(person, self.registrations.WithdrawRegistration, pb.WithdrawRegistrationRequest(id=id, **options))

    def discard(self, id: str, person: str = "per_marta", **options: Any) -> pb.DiscardRegistrationResponse:
        return self.call(person, self.registrations.DiscardRegistration, pb.DiscardRegistrationRequest(id=id, **options))

    def listed(self, person: str = "per_marta", **asked: Any) -> pb.ListRegistrationsResponse:
        return self.call(person, self.registrations.ListRegistrations, pb.ListRegistrationsRequest(**asked))

    def report(self, id: str, person: str = "per_marta") -> pb.ConflictReport:
        return self.call(person, self.registrations.GetConflictReport, pb.GetConflictReportRequest(id=id))

    def preview(self, person: str = "per_marta", **changes: Any) -> pb.ConflictReport:
        request = pb.PreviewConflictsRequest(registration=content(self, **changes))
        return self.call(person, self.registrations.PreviewConflicts, request)

    def schedule(self, name: str, value: str, person: str = "per_deniz", **options: Any) -> programme_pb2.ProgrammeSetting:
        request = programme_pb2.ScheduleProgrammeSettingRequest(name=name, value=value, **options)
        return self.call(person, self.programme.ScheduleProgrammeSetting, request)

    def reserve(self, person: str = "per_deniz", **changes: Any) -> programme_pb2.ReservedAccount:
        request = programme_pb2.CreateReservedAccountRequest(reserved_account=programme_pb2.ReservedAccount(**changes))
        return self.call(person, self.programme.CreateReservedAccount, request)

    # looking behind the API

    def handle(self, handler: Callable[[Any, Transaction], None], event: Message) -> None:
        """What the consumer does with an event."""
        with self.work.transaction(Cause()) as tx:
            handler(event, tx)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.host.database.reading() as connection:
            return list(connection.execute(sa.text(statement), values))

    def facts_recorded(self, id: str) -> list[str]:
        """The facts of one registration, in order."""
        found = self.rows("SELECT type FROM outbox WHERE aggregate = :a ORDER BY aggregate_seq", a=f"registration/{id}")
        return [row.type.split(".")[3] for row in found]

    def last_fact(self, id: str, fact: type[Any]) -> Any:
        """What the last fact of this type says."""
        rows = self.rows("SELECT type, body FROM outbox WHERE aggregate = :a ORDER BY aggregate_seq", a=f"registration/{id}")
        return next(fact.FromString(row.body) for row in reversed(rows) if row.type == type_of(fact))


def person_fact(id: str, org: str, role: str, assigned: tuple[str, ...], version: int = 1) -> facts_pb2.PersonFactsChanged:
    return facts_pb2.PersonFactsChanged(
        person_id=id, version=version, floor=1, kind=SHIPPED[role].kind, state="active", organization_id=org,
        roles=[role], assigned_organization_ids=assigned,
    )  # fmt: skip


@dataclass
class _Names:
    """A different customer each time, so that tests do not meet each other's."""

    count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def take(self) -> str:
        draw = random.Random(next(self.count))
        return "".join(draw.choice("bcdfgklmnprstvz") + draw.choice("aeiou") for _ in range(5)).capitalize()


NAMES = _Names()


def content(world: World, **changes: Any) -> pb.Registration:
    """A complete registration of a customer that nobody else has."""
    stem = NAMES.take()
    close = world.clock.now() + timedelta(days=100)
    whole = pb.Registration(
        customer=pb.Customer(name=f"{stem} Kühlhaus GmbH", domain=f"{stem.lower()}.example", country="DE", town="Emden"),
        product_families=["halo_c12"],
        value=money_pb2.Money(currency_code="EUR", units=186000),
        expected_close=date_pb2.Date(year=close.year, month=close.month, day=close.day),
        evidence_note="Walked line 2 with the plant manager on 10 November.",
        margin_percent=18.5,
    )
    customer = changes.pop("customer", None)
    for name, value in changes.items():
        if value is None:
            whole.ClearField(name)  # type: ignore[arg-type]
        elif isinstance(value, list):
            del getattr(whole, name)[:]
            getattr(whole, name).extend(value)
        elif isinstance(value, Message):
            getattr(whole, name).CopyFrom(value)
        else:
            setattr(whole, name, value)
    for name, value in (customer or {}).items():
        setattr(whole.customer, name, value)
    return whole


def refusal(error: grpc.RpcError) -> Refused:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # what a stub raises is both
    found = Refused(error.code().name, "", error.details() or "", {}, {})
    for detail in status.details if status else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            found.reason, found.metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad):
            found.fields = {item.field: item.description for item in bad.field_violations}
    return found


def _registry() -> Any:
    from prometheus_client import CollectorRegistry

    return CollectorRegistry()


def _rpc_metrics() -> Any:
    from chassis.telemetry.rpc import RpcMetrics

    return RpcMetrics(_registry())
