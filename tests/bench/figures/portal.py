"""The gateway against the calls below it, what our processes weigh, and how soon the suite is up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import grpc
import httpx
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.type import date_pb2
from prm.deals.v1 import registrations_pb2 as pb
from prm.deals.v1 import registrations_pb2_grpc
from prm.notify.v1.notifications_pb2 import CountUnreadRequest

from chassis.ids import new_uuid
from chassis.money import Money
from cli.demo.programme import PASSWORD
from gateway.portal.pages import home as home_page
from tests.bench.bench import Bench, Figure
from tests.bench.report import Goal, Line, Sense, percentile
from tests.bench.rounds import seconds_of
from tests.bench.suite import Suite

SELLER, ADMINISTRATOR = "marta.keller@hafenkante-robotik.example", "jonas.brandt@hafenkante-robotik.example"
SERVICES = {"prm.deals": "deals", "prm.mdf": "mdf", "prm.content": "content", "prm.training": "training", "prm.notify": "notify"}


def rest(bench: Bench) -> Iterable[Line]:
    """Create and list of 50, over REST and over gRPC, in turns."""
    suite = bench.suites.default()
    api, _ = suite.api()
    api.knows(SELLER, PASSWORD)
    metadata, rounds = api.metadata(SELLER), bench.wishes.some(200, 10)
    with (
        httpx.Client(base_url=suite.base_url, headers=dict(metadata), trust_env=False, timeout=20) as client,
        grpc.insecure_channel(suite.target("deals")) as channel,
    ):
        stub = registrations_pb2_grpc.RegistrationsStub(channel)
        pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "create": (
                lambda: _ok(client.post("/v1/registrations", json=_body(_draft()), headers={"idempotency-key": _key()})),
                lambda: stub.CreateRegistration(
                    pb.CreateRegistrationRequest(registration=_draft(), request_id=_key()), timeout=20, metadata=metadata
                ),
            ),
            "list of 50": (
                lambda: _ok(client.get("/v1/registrations?page_size=50")),
                lambda: stub.ListRegistrations(pb.ListRegistrationsRequest(page_size=50), timeout=20, metadata=metadata),
            ),
        }
        for what, (over_rest, over_grpc) in pairs.items():
            measured, compared = _in_turns(over_rest, over_grpc, rounds)
            yield Line(
                "rest", f"REST {what} ÷ the gRPC call below, p50", "ms", _fifths(measured), Goal(Sense.AT_MOST, 2), _fifths(compared)
            )


def _ok(answer: httpx.Response) -> httpx.Response:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} {answer.text[:200]}")
    return answer


def _key() -> str:
    from datetime import UTC, datetime

    return str(new_uuid(datetime.now(UTC)))


def _draft() -> pb.Registration:
    name = f"Bench {_key()[-12:]}"
    return pb.Registration(
        customer=pb.Customer(name=f"{name} GmbH", domain="bench.example", country="DE", town="Emden"),
        product_families=["halo_c12"],
        value=Money("EUR", 18_600_000).to_proto(),
        expected_close=date_pb2.Date(year=2079, month=3, day=26),
        evidence_note="Walked the mill with the manager; they want a fleet.",
    )


def _body(message: Message) -> Any:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _in_turns(one: Callable[[], Any], other: Callable[[], Any], rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each; the first five do not count."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 5):
        taken = seconds_of(one) * 1000, seconds_of(other) * 1000
        if number >= 5:
            found[0].append(taken[0])
            found[1].append(taken[1])
    return found


def _fifths(values: list[float]) -> list[float]:
    size = max(len(values) // 5, 1)
    return [percentile(values[start : start + size], 50) for start in range(0, 5 * size, size)]


@dataclass
class _Recorder:
    """Stands for the gateway's Api and session: notes what a page asks."""

    asked: list[Message]
    reader: Any = None

    @property
    def api(self) -> _Recorder:
        return self

    @property
    def session(self) -> _Recorder:
        return self

    def may(self, _right: str) -> bool:
        return True

    def call(self, request: Message, _kind: Any, **_: Any) -> None:
        self.asked.append(request)


def home(bench: Bench) -> Iterable[Line]:
    """The partner's home in the browser's form, and each call that it makes, alone."""
    suite, rounds = bench.suites.default(), bench.wishes.some(150, 10)
    api, _ = suite.api()
    api.knows(ADMINISTRATOR, PASSWORD)
    with _visitor(suite) as client, _calls(suite, api.metadata(ADMINISTRATOR)) as calls:
        page, below = _in_turns(lambda: _ok(client.get("/")), lambda: [call() for call in calls], rounds)
    sums = percentile(below, 50)
    note = f"{len(calls)} calls"
    limit = Goal(Sense.AT_MOST, sums + 10, "ms")
    yield Line("home", f"partner home p50, limit: the sum of its calls alone {sums:.0f} ms + 10 ms", "ms", _fifths(page), limit, note=note)
    goal = Goal(Sense.AT_MOST, 2)
    yield Line("home", "partner home, p99 ÷ its p50", "ms", [percentile(page, 99)], goal, [percentile(page, 50)])


@contextmanager
def _visitor(suite: Suite) -> Iterator[httpx.Client]:
    """The partner's administrator, signed in."""
    with httpx.Client(base_url=suite.base_url, follow_redirects=True, trust_env=False, timeout=20) as client:
        form = _ok(client.get("/signin")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', form)
        answer = client.post("/signin", data={"csrf": csrf[1] if csrf else "", "email": ADMINISTRATOR, "password": PASSWORD})
        if answer.url.path == "/signin":
            raise RuntimeError("could not sign in")
        yield client


@contextmanager
def _calls(suite: Suite, metadata: tuple[tuple[str, str], ...]) -> Iterator[list[Callable[[], Any]]]:
    """What the page and its frame ask, as plain calls."""
    recorder: Any = _Recorder([])
    home_page._deal_calls(recorder)
    home_page._other_calls(recorder)
    recorder.call(CountUnreadRequest(), None)
    recorder.call(pb.CountRegistrationsRequest(filter='status = "ACTION_REQUIRED"'), None)
    channels = {service: grpc.insecure_channel(suite.target(service)) for service in SERVICES.values()}
    try:
        yield [_call(channels, request, metadata) for request in recorder.asked]
    finally:
        for channel in channels.values():
            channel.close()


def _call(channels: dict[str, grpc.Channel], request: Message, metadata: Any) -> Callable[[], Any]:
    """The method that takes this request."""
    file = request.DESCRIPTOR.file
    service, method = next(
        (service, method)
        for service in file.services_by_name.values()
        for method in service.methods
        if method.input_type is request.DESCRIPTOR
    )
    channel = channels[SERVICES[".".join(file.package.split(".")[:2])]]
    answer = message_factory.GetMessageClass(cast(Descriptor, method.output_type))
    ask = channel.unary_unary(f"/{service.full_name}/{method.name}", type(request).SerializeToString, answer.FromString)
    return lambda: ask(request, timeout=20, metadata=metadata)


def memory(bench: Bench) -> Iterable[Line]:
    """After the demo year and some pages: hosted together, and each role of each service alone."""
    together = _weighed(bench.suites.default())
    note = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in together.items())
    yield Line("memory", "our processes, default hosting", "MB", [sum(together.values())], Goal(Sense.AT_MOST, 700, "MB"), note=note)
    alone = _weighed(bench.suites.isolated())
    heaviest = max(alone, key=alone.__getitem__)
    what = f"the heaviest of {len(alone)} processes, --isolated"
    yield Line("memory", what, "MB", [alone[heaviest]], Goal(Sense.AT_MOST, 120, "MB"), note=heaviest)


def _weighed(suite: Suite) -> dict[str, float]:
    with _visitor(suite) as client:
        for path in ("/", "/deals", "/funds", "/training", "/content", "/team", "/notifications") * 3:
            client.get(path)
    return suite.memory()


def warm(bench: Bench) -> Iterable[Line]:
    """From the command to the sign-in page, with data and built files there."""
    taken = [bench.suites.restarted()[1] for _ in range(bench.wishes.some(3, 1))]
    yield Line("warm", "./prm up, warm, to a rendered sign-in page", "s", taken, Goal(Sense.AT_MOST, 10, "s"))


FIGURES = (
    Figure("rest", "REST through the gateway against the gRPC calls below", 120, rest),
    Figure("home", "the partner's home against its calls", 120, home),
    Figure("warm", "./prm up, warm, to a sign-in page", 180, warm),
    Figure("memory", "memory of our processes after the demo load", 150, memory),
)
