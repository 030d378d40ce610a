"""One fuzz run: so many requests from one seed, over gRPC, REST, the portal and bare sockets, with the processes watched."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.fuzz import raw
from tests.fuzz.outcomes import Outcomes, Verdict
from tests.fuzz.pages import Pages
from tests.fuzz.people import casting
from tests.fuzz.rest import Rest
from tests.fuzz.rpc import Rpc
from tests.fuzz.schema import Schema
from tests.fuzz.watch import Watch
from tests.system.world import World

THREADS = 16
DOORS, SHARES = ("rpc", "rest", "http noise", "http2 frames"), (63, 34, 1.5, 1.5)
BY_SCHEMA = 0.05  # of the requests are what schemathesis makes of the OpenAPI document
WARM = 0.25  # of the requests come before memory is first looked at: caches fill


@dataclass(frozen=True)
class Plan:
    """What to send. `careful`: others use the suite too. `only`: one request of the run, again."""

    requests: int
    seed: int
    careful: bool = False
    only: int | None = None


@dataclass
class Run:
    """A run and what came of it."""

    plan: Plan
    world: World
    outcomes: Outcomes = field(default_factory=Outcomes)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        suite = self.world.suite
        cast = casting(self.world)
        self.watch = Watch(suite.data)
        self._rpc = Rpc(cast, suite.targets, self.outcomes, self.plan.careful)
        self._rest = Rest(cast, suite.base_url, self.outcomes, Pages(cast, suite.base_url), self.plan.careful)
        self._schema = Schema(cast, suite.base_url, self.outcomes)
        self._gateway = (str(urlsplit(suite.base_url).hostname), int(urlsplit(suite.base_url).port or 80))
        self._targets = [_address(target) for target in suite.targets.values()]

    def __call__(self) -> Run:
        """Send everything."""
        began = time.monotonic()
        if self.plan.only is not None:
            self._work(itertools.count(self.plan.only), self.plan.only + 1)
        else:
            by_schema = 0 if self.plan.careful else int(self.plan.requests * BY_SCHEMA)
            own, warm = self.plan.requests - by_schema, int(self.plan.requests * WARM)
            self._many(range(warm))
            self.watch.look()
            self._many(range(warm, own))
            if by_schema:
                self._schema.send(by_schema, self.plan.seed)
        self.seconds = time.monotonic() - began
        self._rpc.close()
        self._rest.close()
        self.watch.look()
        return self

    def _many(self, numbers: range) -> None:
        counter = itertools.count(numbers.start)
        threads = [threading.Thread(target=self._work, args=(counter, numbers.stop)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, counter: itertools.count[int], stop: int) -> None:
        while (number := next(counter)) < stop:
            self._one(number)

    def _one(self, number: int) -> None:
        chance = random.Random(f"{self.plan.seed}/{number}")
        door = chance.choices(DOORS, SHARES)[0]
        ways: dict[str, Callable[[], None]] = {"rpc": lambda: self._rpc.one(number, chance), "rest": lambda: self._rest.one(number, chance)}
        ways.get(door, lambda: self._noise(door, chance))()

    def _noise(self, door: str, chance: random.Random) -> None:
        """No answer is wrong here; that everything lives on is looked at in the end."""
        http = door == "http noise"
        address = self._gateway if http or chance.random() < 0.1 else chance.choice(self._targets)
        began = time.monotonic()
        said = raw.send(address, raw.http_noise(chance) if http or chance.random() < 0.1 else raw.frames(chance))
        server_error = said.startswith(b"HTTP/1.1 5")
        self.outcomes.add(door, Verdict.FAULT if server_error else Verdict.REFUSED, "noise", time.monotonic() - began)

    @property
    def good(self) -> bool:
        """No fault, no crash, no defect in the logs, memory within its bound."""
        return not (self.outcomes.faulty or self.watch.crashed() or self.watch.defects() or self.watch.grown())

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.plan.seed,
            "seconds": round(self.seconds, 1),
            "good": self.good,
            **self.outcomes.as_json(),
            **self.watch.as_json(),
        }


def _address(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition("/")[2].rpartition(":")
    return host, int(port)
