"""Latency of pages and of the conflict check: what the policy costs, and what a hundred times as many rows cost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import grpc
from prm.deals.v1 import registrations_pb2 as pb
from prm.deals.v1 import registrations_pb2_grpc

from tests.bench.bench import API, Bench, Figure
from tests.bench.fill import KINDS_OF_COMPANIES, TOWNS, words
from tests.bench.people import QUIET, reseller, seller
from tests.bench.report import Goal, Line, Sense, percentile
from tests.bench.rounds import seconds_of

UNGUARDED = ["-m", "tests.bench.unguarded", "deals"]
PAGE = pb.ListRegistrationsRequest(page_size=50)
SCOPES = {
    "all": "all",
    **{
        f"{scope}{age}": name
        for age, distributor, key in (("", "d7", "busy"), (", oldest 1 %", QUIET, "quiet"))
        for scope, name in (
            ("subtree", f"subtree.{key}"), ("org", f"org.{key}"), ("own", seller(reseller(distributor, 3), 1)),
            ("20 assigned", f"assigned20.{key}"), ("own, subtree or grants", f"mixed.{key}"),
        )
    },
}  # fmt: skip
WIDE = ("all", "subtree", "20 assigned")  # fill a page in the small table as well
Call = Callable[[], object]


@contextmanager
def _stub(target: str) -> Iterator[registrations_pb2_grpc.RegistrationsStub]:
    with grpc.insecure_channel(target) as channel:
        yield registrations_pb2_grpc.RegistrationsStub(channel)


def _latencies(calls: Sequence[Call], rounds: int) -> list[list[float]]:
    """Milliseconds of each call, called in turns; the first three do not count."""
    found: list[list[float]] = [[] for _ in calls]
    for number in range(rounds + 3):
        for call, taken in zip(calls, found, strict=True):
            milliseconds = seconds_of(call) * 1000
            if number >= 3:
                taken.append(milliseconds)
    return found


def _in_parts(values: Sequence[float], percent: float, parts: int = 5) -> list[float]:
    """The percentile of each part of the run, so that a spread can be told."""
    size = max(len(values) // parts, 1)
    return [percentile(values[start : start + size], percent) for start in range(0, size * parts, size) if values[start : start + size]]


def _lists(stub: registrations_pb2_grpc.RegistrationsStub, metadata: tuple[tuple[str, str], ...]) -> Call:
    return lambda: stub.ListRegistrations(PAGE, timeout=20, metadata=metadata)


def pages(bench: Bench) -> Iterable[Line]:
    """Each scope, with policy and without."""
    urls = bench.registrations(bench.wishes.rows)
    cast, rounds = bench.cast(urls), bench.wishes.some(200, 10)
    with (
        bench.lab.server("api", API, bench.api(urls)) as guarded,
        bench.lab.server("unguarded", UNGUARDED, bench.api(urls)) as unguarded,
        _stub(guarded.target) as product,
        _stub(unguarded.target) as base,
    ):
        newest = _lists(base, cast.metadata("all"))
        for scope, name in SCOPES.items():
            page = _lists(product, cast.metadata(name))
            measured, compared = _latencies([page, newest], rounds)
            shown, goal = len(page().registrations), Goal(Sense.AT_MOST, 1.5)  # type: ignore[attr-defined]
            yield Line("page", f"page of {shown}, {scope}, p50", "ms", _in_parts(measured, 50), goal, _in_parts(compared, 50))
        for name in ("assigned300", "assigned300.quiet"):
            (measured,) = _latencies([_lists(product, cast.metadata(name))], 2 * rounds)
            quiet = ", 20 of them quiet" if name.endswith("quiet") else ""
            yield Line("page", f"page of 50, 300 assigned{quiet}, p99", "ms", [percentile(measured, 99)], Goal(Sense.AT_MOST, 15, "ms"))


def growth(bench: Bench) -> Iterable[Line]:
    """The same page and the conflict check, large table ÷ small table."""
    large, small = bench.registrations(bench.wishes.rows), bench.registrations(bench.wishes.few_rows)
    rounds = bench.wishes.some(300, 10)
    with (
        bench.lab.server("api", API, bench.api(large)) as one,
        bench.lab.server("api-small", API, bench.api(small)) as other,
        _stub(one.target) as many,
        _stub(other.target) as few,
    ):
        sides = ((many, bench.cast(large)), (few, bench.cast(small)))
        for scope in WIDE:
            calls = [_lists(stub, cast.metadata(SCOPES[scope])) for stub, cast in sides]
            yield from _grown(f"page of 50, {scope}", *_latencies(calls, rounds))
        asked = _customers(rounds + 3)
        yield from _grown("conflict check", *_latencies([_previews(stub, cast.metadata("desk"), asked) for stub, cast in sides], rounds))


def _previews(
    stub: registrations_pb2_grpc.RegistrationsStub, metadata: tuple[tuple[str, str], ...], asked: Sequence[pb.PreviewConflictsRequest]
) -> Call:
    each = iter(asked)
    return lambda: stub.PreviewConflicts(next(each), timeout=20, metadata=metadata)


def _grown(what: str, many: list[float], few: list[float]) -> Iterator[Line]:
    for percent, limit in ((50, 1.5), (99, 2.0)):
        parts = 5 if percent == 50 else 1
        goal = Goal(Sense.AT_MOST, limit)
        yield Line("growth", f"{what}, p{percent}", "ms", _in_parts(many, percent, parts), goal, _in_parts(few, percent, parts))


def _customers(count: int) -> list[pb.PreviewConflictsRequest]:
    """Companies as people describe them: half are like one that is known, half share a word at most."""
    chance, known = random.Random(2), words()
    found = []
    for number in range(count):
        word, kind = chance.choice(known), chance.choice(KINDS_OF_COMPANIES)
        name = f"{word} {kind} AG" if number % 2 else f"{word[::-1]} {kind} GmbH"
        customer = pb.Customer(name=name, country="DE", town=chance.choice(TOWNS))
        found.append(pb.PreviewConflictsRequest(registration=pb.Registration(customer=customer)))
    return found


FIGURES = (
    Figure("page", "a page of 50 for each scope, with policy and without", 330, pages),
    Figure("growth", "a page and the conflict check, at 1 M and at 10 k rows", 120, growth),
)
