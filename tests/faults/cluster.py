"""A broker of three nodes: its leader loses its peers, a node its clients, one is killed, and all are restarted in turn."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Self

from tests.bus import notes
from tests.bus.cluster import NODES, Node, NoNamespaces
from tests.bus.cluster import cluster as running
from tests.bus.world import World
from tests.faults.broker import FOREVER, POSITION, PUBLISHED, RATE
from tests.faults.judge import judge, settled
from tests.faults.lab import Lab, crew, world_on
from tests.faults.load import Load, Plan
from tests.faults.report import Result, Skipped, at_most, exactly

CUT_SECONDS, QUIET_SECONDS, LIMIT = 30.0, 5.0, 120.0
ORDERED = "deals.in-order.v1"
LEADER = f'{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"{ORDERED}">>)), element(2, amqqueue:get_pid(Q)).'
COPIES = "[length(maps:get(nodes, amqqueue:get_type_state(Q))) || Q <- rabbit_amqqueue:list()]."
CLIENTS = "length(rabbit_networking:local_connections())."


def cluster(lab: Lab) -> Iterator[Result]:
    """Each fault in turn under one load; while one node is out the other two serve on."""
    try:
        with running(lab.folder / "cluster") as nodes:
            yield _broken(lab, nodes)
    except NoNamespaces as reason:
        raise Skipped(str(reason)) from reason


def _broken(lab: Lab, nodes: list[Node]) -> Result:
    world = world_on(lab.postgres, ";".join(node.url for node in nodes), f"faults_cluster_{time.time_ns() % 10**9}")
    with crew(world, lab.folder, "runner", "consumer", "consumer") as people:
        load = Load(world, Plan(FOREVER, lab.wishes.seed, RATE)).start()
        time.sleep(QUIET_SECONDS)
        seconds = max(CUT_SECONDS * lab.wishes.scale, 10)
        faults: dict[str, Callable[[], None]] = {
            "leader without peers": partial(_cut, nodes, _leader, "peers", seconds),
            "node without clients": partial(_cut, nodes, _busiest, "clients", seconds),
            "leader killed": partial(_killed, nodes, seconds),
            "nodes restarted": partial(_restarted, nodes),
        }
        silent, healed = {}, {}
        for name, fault in faults.items():
            with _Silence(world) as silence:
                fault()
                healed[name] = _caught_up(world)
                time.sleep(QUIET_SECONDS)
            silent[name] = silence.longest
        ledger = load.stop()
        settled(world, ledger)
        copies = ast.literal_eval(nodes[0].control(COPIES))
        ends = len(people.ended)
    numbers = [at_most(f"nothing published, {name}", value, 30, "s") for name, value in silent.items()]
    numbers += [at_most(f"caught up after, {name}", value, 30, "s") for name, value in healed.items()]
    numbers += [
        exactly("queues without three copies", sum(number != NODES for number in copies), 0),
        exactly("processes that ended", ends, 0),
    ]
    said = notes.counted(people.notes)
    note = f"{len(ledger.committed)} events, {said['repeated']} repeats dropped, {ledger.refused} writes refused"
    found = Result("cluster", lab.wishes.seed, numbers, judge(world, ledger), note)
    world.database.close()
    return found


def _leader(nodes: list[Node]) -> Node:
    """The node that leads the queue of the ordered handler."""
    name = nodes[0].control(LEADER).strip("'")
    return next(node for node in nodes if node.name == name)


def _busiest(nodes: list[Node]) -> Node:
    return max(nodes, key=lambda node: int(node.control(CLIENTS)))


def _cut(nodes: list[Node], chosen: Callable[[list[Node]], Node], side: str, seconds: float) -> None:
    with chosen(nodes).cut_off(side):
        time.sleep(seconds)


def _killed(nodes: list[Node], seconds: float) -> None:
    node = _leader(nodes)
    node.kill()
    time.sleep(seconds)
    node.start()


def _restarted(nodes: list[Node]) -> None:
    for node in nodes:
        node.close()
        node.start()
        time.sleep(QUIET_SECONDS)


def _caught_up(world: World) -> float:
    """Seconds until all is applied that is in the log now."""
    began, position = time.monotonic(), world.scalar(POSITION)
    while world.scalar("SELECT count(*) FROM effect") < position and time.monotonic() - began < LIMIT:
        time.sleep(0.1)
    return time.monotonic() - began


class _Silence(threading.Thread):
    """The longest time in which nothing was published."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        self._world, self._done, self.longest = world, threading.Event(), 0.0

    def run(self) -> None:
        before, moved = -1, time.monotonic()
        while not self._done.wait(0.1):
            now = self._world.scalar(PUBLISHED)
            if now != before:
                before, moved = now, time.monotonic()
            self.longest = max(self.longest, time.monotonic() - moved)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()
