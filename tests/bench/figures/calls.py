"""Calls a second against a server that has handlers and statements only."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import sqlalchemy as sa
from prm.deals.v1 import registrations_pb2 as pb
from prm.deals.v1 import registrations_pb2_grpc

from chassis.clock import Clock
from chassis.rpc.host import ServiceHost
from chassis.rpc.server import Server
from chassis.settings import SharedSettings
from tests.bench.bench import API, Bench, Figure
from tests.bench.fill import drafts, some_ids
from tests.bench.lab import Served, free_port
from tests.bench.load import Load
from tests.bench.people import Cast
from tests.bench.recording import Recording, recorded
from tests.bench.report import Goal, Line, Sense
from tests.bench.rounds import in_turns
from tests.hosting import RPC_METRICS
from tests.stack import DatabaseUrls

THREADS = 8  # as many as the api has for calls
IN_FLIGHT = 16
SERVICE = "prm.deals.v1.Registrations"
HALF = Goal(Sense.AT_LEAST, 0.5)


def get(bench: Bench) -> Iterable[Line]:
    """GetRegistration, one row in a million."""
    urls = bench.registrations(bench.wishes.rows)
    with bench.lab.superuser(urls.name) as connection:
        calls = [{"id": key} for key in some_ids(connection, 1000)]
    with _pair(bench, urls, "GetRegistration", "all") as (product, base):
        count = bench.wishes.some(3000, 300)
        measured, compared = in_turns(lambda: product.rate(calls, count), lambda: base.rate(calls, 2 * count), bench.wishes.some(5, 2))
        note = _cost(product, base)
    yield Line("get", "GetRegistration ÷ a bare handler with one SELECT", "calls/s", measured, HALF, compared, note)


def submit(bench: Bench) -> Iterable[Line]:
    """SubmitRegistration against the same statements on psycopg."""
    urls = bench.registrations(bench.wishes.rows)
    count, rounds = bench.wishes.some(400, 50), bench.wishes.some(5, 2)
    with bench.lab.superuser(urls.name) as connection:
        ids = iter(drafts(connection, 2 * count * (rounds + 1) + 1, uuid.uuid4().hex[:4]))
    recording = bench.folder / "submit.recording"
    _record(bench, urls, bench.cast(urls), next(ids), recording)
    with _pair(bench, urls, "SubmitRegistration", "desk", str(recording)) as (product, base):
        measured, compared = in_turns(lambda: product.rate(_next(ids, count), count), lambda: base.rate(_next(ids, count), count), rounds)
        note = _cost(product, base)
    yield Line("submit", "SubmitRegistration ÷ the same statements on psycopg", "calls/s", measured, HALF, compared, note)


@dataclass
class _Side:
    """A server under load, and how many calls it has answered."""

    load: Load
    server: Served
    calls: int = 0
    before: float = 0.0

    def rate(self, calls: Sequence[Mapping[str, Any]], count: int) -> float:
        self.before = self.before or self.server.worked()
        self.calls += count
        return self.load.rate(calls, count)

    @property
    def cost(self) -> float:
        """Milliseconds of its processor time for a call."""
        return (self.server.worked() - self.before) * 1000 / self.calls


def _cost(product: _Side, base: _Side) -> str:
    return f"processor time a call {product.cost:.2f} ms, base {base.cost:.2f} ms"


@contextmanager
def _pair(bench: Bench, urls: DatabaseUrls, method: str, who: str, *recording: str) -> Iterator[tuple[_Side, _Side]]:
    """The product's api and the bare server on one database."""
    metadata, address, settings = bench.cast(urls).metadata(who), f"127.0.0.1:{free_port()}", bench.api(urls)
    bare = ["-m", "tests.bench.bare", address, urls.runtime, str(THREADS), *recording]
    with (
        bench.lab.server("api", API, settings) as product,
        bench.lab.server("bare", bare, {**settings, "PRM_DEALS_LISTEN": address}) as base,
    ):
        one, other = (_Side(Load(bench.folder, each.target, f"{SERVICE}/{method}", metadata, IN_FLIGHT), each) for each in (product, base))
        yield one, other


def _next(ids: Iterator[str], count: int) -> list[dict[str, Any]]:
    return [{"id": next(ids), "request_id": str(uuid.uuid4())} for _ in range(count)]


def _record(bench: Bench, urls: DatabaseUrls, cast: Cast, id: str, path: Path) -> None:
    """Submit one draft through the product's own server and keep its statements."""
    shared = SharedSettings(opa_url=bench.lab.url("opa"), page_key="bench")
    host = ServiceHost("deals", urls.settings().model_copy(update={"listen": "127.0.0.1:0"}), shared, Clock(None))
    server = Server(host, RPC_METRICS)
    server.start()
    request = pb.SubmitRegistrationRequest(id=id, request_id=str(uuid.uuid4()))
    with host.database.reading() as connection:
        domain = connection.scalar(sa.text("SELECT customer_domain FROM registration WHERE id = :id"), {"id": id})
    recording = Recording(id, request.request_id, str(domain).partition(".")[0])
    try:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel, recorded(host.database.engine, recording):
            stub = registrations_pb2_grpc.RegistrationsStub(channel)
            stub.SubmitRegistration(request, timeout=20, metadata=cast.metadata("desk"))
    finally:
        server.stop().wait(5)
        host.close()
    if not any("INSERT INTO outbox" in text for text, _, _ in recording.statements):
        raise RuntimeError("the recording misses statements")
    path.write_bytes(pickle.dumps(recording))


FIGURES = (
    Figure("get", "GetRegistration at 16 in flight", 330, get),
    Figure("submit", "SubmitRegistration at 16 in flight", 120, submit),
)
