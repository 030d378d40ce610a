"""One service in this process, on real parts: its gRPC server, its inbox and its jobs, with the facts of a small programme.

The broker is not needed for most of what a service does: `deliver` hands an event to the inbox as the consumer would, and
`settle` numbers events and does due jobs as the runner would.
"""

from __future__ import annotations

import importlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import grpc
import psycopg
import sqlalchemy as sa
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from joserfc.jwk import OKPKey
from prm.identity.v1 import facts_pb2
from prometheus_client import CollectorRegistry

from chassis.clock import Clock
from chassis.consumer.failures import Delivery
from chassis.consumer.inbox import Inbox, Outcome
from chassis.events import log
from chassis.events.envelope import Envelope
from chassis.events.subscriptions import subscriptions_of
from chassis.events.types import type_of
from chassis.ids import new_uuid
from chassis.policy import putting
from chassis.policy.tokens import Claims, sign
from chassis.rpc.host import ServiceHost
from chassis.rpc.server import Server
from chassis.runner.jobs import Jobs
from chassis.service import Service
from chassis.settings import SharedSettings
from chassis.store.database import Database
from chassis.store.system import SystemWork
from chassis.telemetry.metrics import BusMetrics
from chassis.telemetry.rpc import RpcMetrics
from services.identity.roles.shipped import SHIPPED, facts_of
from tests.stack import DatabaseUrls

Stub = TypeVar("Stub")
REGISTRY = CollectorRegistry()
RPC_METRICS, BUS_METRICS = RpcMetrics(REGISTRY), BusMetrics(REGISTRY)
KID = "key_test"

# A vendor, a gold distributor with a silver reseller, and a partner of nobody they know.
PATHS = {"v": "v.", "d": "v.d.", "r": "v.d.r.", "o": "v.o."}
TIERS = {"d": "gold", "r": "silver"}
# name → role, organisation; a name with a number is a second person of the same role.
PEOPLE = {
    **{role: (role, "v") for role, shipped in SHIPPED.items() if shipped.kind != "partner"},
    "programme_manager2": ("programme_manager", "v"),
    **{f"{role}@{org}": (role, org) for role, shipped in SHIPPED.items() if shipped.kind == "partner" for org in ("d", "r", "o")},
}
ASSIGNED = ["d", "r"]


@cache
def signing_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519")


def seed_facts(connection: sa.Connection, at: datetime) -> None:
    """What identity would have told."""
    putting.put_roles(connection, facts_of(SHIPPED, version=1, floor=1))
    for org, path in PATHS.items():
        fact = facts_pb2.OrganizationFactsChanged(organization_id=org, version=1, floor=1, path=path, state="active")
        fact.tier = TIERS.get(org, "")
        putting.put_organization(connection, fact)
    for name in PEOPLE:
        putting.put_person(connection, person_fact(name))
    public = str(signing_key().as_dict(private=False)["x"])
    putting.put_key(connection, facts_pb2.SigningKeyPublished(key_id=KID, x=public, version=1))
    counts = {"people": len(PEOPLE), "organizations": len(PATHS), "keys": 1}
    putting.put_mark(connection, facts_pb2.FactsReplayed(replay_id="rpl_1", **counts), at)


def person_fact(name: str, **changes: Any) -> facts_pb2.PersonFactsChanged:
    role, org = PEOPLE[name]
    values: dict[str, Any] = {"version": 1, "floor": 1, "kind": SHIPPED[role].kind, "state": "active", "roles": [role]}
    fact = facts_pb2.PersonFactsChanged(person_id=name, organization_id=org, **(values | changes))
    if role == "channel_manager":
        fact.assigned_organization_ids.extend(ASSIGNED)
    return fact


class Refused(Exception):
    """A call ended with an error: its status code, its permanent reason, and the fields it names."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code = error.code().name
        self.details = error.details() or ""
        self.reason, self.fields = "", []
        status = rpc_status.from_call(cast("grpc.Call", error))
        for detail in status.details if status is not None else ():
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason = info.reason
            if detail.Unpack(bad):
                self.fields = [item.field for item in bad.field_violations]
        super().__init__(f"{self.code} {self.reason} {self.fields} {self.details}")


@dataclass
class Caller:
    """Calls as one person. Mutations get a request id when they have none."""

    channel: grpc.Channel
    stub: type[Any]
    token: Callable[[], str]
    seconds: float = 10.0

    def __call__(self, method: str, request: Message, *, seconds: float | None = None) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:  # type: ignore[attr-defined]
            request.request_id = str(new_uuid(datetime.now(UTC)))  # type: ignore[attr-defined]
        return self._call(method, request, seconds or self.seconds)

    def _call(self, method: str, request: Message, seconds: float) -> Any:
        try:
            return getattr(self.stub(self.channel), method)(request, timeout=seconds, metadata=self._metadata())
        except grpc.RpcError as error:
            raise Refused(error) from None

    def stream(self, method: str, request: Message, seconds: float) -> Any:
        return getattr(self.stub(self.channel), method)(request, timeout=seconds, metadata=self._metadata())

    def _metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self.token()}")]


@dataclass
class Hosted:
    """A running service. `folder` holds the shift of its clock."""

    name: str
    urls: DatabaseUrls
    shared: SharedSettings
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.clock = Clock(self.shared.clock_file)
        own = self.urls.settings().model_copy(update={"listen": "127.0.0.1:0"})
        self.host = ServiceHost(self.name, own, self.shared, self.clock)
        with self.host.database.writing() as connection:
            seed_facts(connection, self.clock.now())
        self.server = Server(self.host, RPC_METRICS)
        self.server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        service: Service = importlib.import_module(f"services.{self.name}.service").SERVICE
        self.database = Database(self.urls.runtime, pool_size=3, name=f"{self.name}-tests")
        self.work = SystemWork(service, self.database, self.clock, self.shared)
        self.inbox = Inbox(self.work, subscriptions_of(self.name), BUS_METRICS)
        self.jobs = Jobs(self.work, BUS_METRICS)

    def close(self) -> None:
        self.channel.close()
        self.server.stop().wait(5)
        self.host.close()
        self.database.close()

    def caller(self, stub: type[Any], person: str) -> Caller:
        return Caller(self.channel, stub, lambda: self.token(person))

    def token(self, person: str) -> str:
        now = self.clock.now().timestamp()
        claims = Claims(person, SHIPPED[PEOPLE[person][0]].kind, "ses_1", "password", issued_at=now, expires_at=now + 300)
        return sign(claims, signing_key(), KID)

    def put_person(self, name: str, version: int, **changes: Any) -> None:
        with self.database.writing() as connection:
            putting.put_person(connection, person_fact(name, version=version, **changes))
        self.host.facts.forget()

    def deliver(self, event: Message, aggregate: str, *, actor: str = "system:test", queue: str = "", seq: int = 0) -> Envelope:
        """Hand an event to the inbox, as the consumer does with what the broker brings."""
        number = seq or next(self._numbers)
        envelope = Envelope(new_uuid(self.clock.now()), type_of(type(event)), aggregate, number, {"actor": actor})
        self.redeliver(event, envelope, queue)
        return envelope

    def redeliver(self, event: Message, envelope: Envelope, queue: str = "") -> Outcome:
        wanted = [item for item in subscriptions_of(self.name) if item.type == envelope.type and queue in ("", item.queue)]
        assert wanted, f"{self.name} does not subscribe to {envelope.type}"
        outcomes = [self.inbox.handle(Delivery(item.consumer, envelope, event.SerializeToString())) for item in wanted]
        assert set(outcomes) <= {Outcome.APPLIED, Outcome.REPEATED}, outcomes
        return outcomes[0]

    def settle(self) -> int:
        """Number what was committed and do what is due, until nothing is; -> how many jobs were done."""
        done = 0
        while self.jobs.run_clock() or self.jobs.run_effect():
            done += 1
        self.number()
        return done

    def number(self) -> None:
        with psycopg.connect(self.urls.runtime.replace("postgresql+psycopg", "postgresql"), autocommit=True) as db:
            while log.number(db):
                pass

    def shift(self, by: timedelta) -> None:
        """Move this service's clock to so much after the real time."""
        assert self.shared.clock_file is not None
        Path(self.shared.clock_file).write_text(str(by.total_seconds()))
        time.sleep(0.06)  # the clock looks at its file every 50 ms

    def facts(self, aggregate: str = "") -> list[tuple[str, Message]]:
        """Events in the log: (type, message), oldest first."""
        from chassis.events.reading import Query, list_events, message_of

        self.number()
        with self.database.reading() as connection:
            events, _ = list_events(connection, Query(subject=aggregate, limit=1000))
        return [(event.type, message_of(event)) for event in events]  # type: ignore[misc]

    def rows(self, statement: str, **values: Any) -> list[Mapping[str, Any]]:
        with self.database.reading() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]


@contextmanager
def hosted(name: str, urls: DatabaseUrls, opa: str, folder: Path, **settings: Any) -> Iterator[Hosted]:
    """A service that answers, ended at the end."""
    clock_file = folder / "clock"
    clock_file.write_text("0")
    running = Hosted(name, urls, SharedSettings(opa_url=opa, clock_file=clock_file, page_key="test", **settings))
    try:
        yield running
    finally:
        running.close()


__all__ = ["Caller", "Hosted", "Refused", "hosted"]
