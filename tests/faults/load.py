"""A seeded load, and the ledger of what was committed: it lives in the test's process, where no fault reaches."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from chassis.errors import DomainError, Unavailable
from tests.bus.world import World, approved, submitted

FREE, ORDERED = "free", "ordered"
ROLLED_BACK = 0.1
KNOWN = sa.text("SELECT EXISTS (SELECT FROM outbox WHERE event_id = :id) OR EXISTS (SELECT FROM event_log WHERE event_id = :id)")


class Changed(Exception):
    """The command thinks better of it."""


@dataclass
class Ledger:
    """`committed`: (handler, aggregate, seq) by event id. `expected`: why an event has to be parked. `commits`: (when, seconds)."""

    committed: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    ghosts: set[str] = field(default_factory=set)
    expected: dict[str, str] = field(default_factory=dict)
    commits: list[tuple[float, float]] = field(default_factory=list)
    refused: int = 0
    strange: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """`rate` events a second of all writers together, 0 as fast as they can; `number` says what the handler does; a share is ordered."""

    events: int
    seed: int
    rate: float = 0.0
    writers: int = 3
    aggregates: int = 60
    number: str = "ok"
    ordered: float = 0.5
    body: int = 0


class Load:
    """Writers that stage events in transactions of one to five, some of them rolled back. What is refused is tried again."""

    def __init__(self, world: World, plan: Plan, ledger: Ledger | None = None, name: str = "a") -> None:
        self.world, self.plan, self.name = world, plan, name
        self.ledger = ledger or Ledger()
        self.stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(plan.writers)]
        self._began = 0.0

    def start(self) -> Load:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def going(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def join(self) -> Ledger:
        for thread in self._threads:
            thread.join()
        return self.ledger

    def stop(self) -> Ledger:
        self.stopping.set()
        return self.join()

    def run(self) -> Ledger:
        return self.start().join()

    def _write(self, writer: int) -> None:
        dice = random.Random(f"{self.plan.seed}-{self.name}-{writer}")
        seqs: dict[str, int] = defaultdict(int)
        share, done = self.plan.events // self.plan.writers, 0
        while done < share and not self.stopping.is_set():
            batch = [self._event(dice, writer, seqs) for _ in range(min(dice.randint(1, 5), share - done))]
            if dice.random() < ROLLED_BACK:
                self._commit(batch, change=True)
            self._commit_surely(batch)
            done += len(batch)
            if self.plan.rate:
                self.stopping.wait(max(0.0, self._began + done * self.plan.writers / self.plan.rate - time.monotonic()))

    def _event(self, dice: random.Random, writer: int, seqs: dict[str, int]) -> tuple[Any, str, str, int]:
        aggregate = f"registration/{self.name}_{writer}_{dice.randrange(max(self.plan.aggregates // self.plan.writers, 1))}"
        seqs[aggregate] += 1
        handler = ORDERED if dice.random() < self.plan.ordered else FREE
        make = submitted if handler == ORDERED else approved
        return make(self.plan.number + "x" * self.plan.body, aggregate), handler, aggregate, seqs[aggregate]

    def _commit_surely(self, batch: list[tuple[Any, str, str, int]]) -> None:
        """Until it is there: after an answer that never came it is looked whether it is."""
        while True:
            ids = self._commit(batch)
            if ids and (ids[0] not in self.ledger.ghosts or self._known(ids[0])):
                self.ledger.ghosts.difference_update(ids)
                self.ledger.committed |= {event_id: event[1:] for event_id, event in zip(ids, batch, strict=True)}
                return
            if self.stopping.is_set():
                return
            time.sleep(0.1)

    def _commit(self, batch: list[tuple[Any, str, str, int]], *, change: bool = False) -> list[str]:
        """-> the ids; those of a commit that was not answered, or was not wanted, are among the ghosts."""
        ids: list[str] = []
        began = time.monotonic()
        try:
            with self.world.connection() as connection:
                ids += [self.world.stage(event, aggregate, seq, connection) for event, _, aggregate, seq in batch]
                if change:
                    raise Changed  # noqa: TRY301  # as a command does in its transaction
            self.ledger.commits.append((began, time.monotonic() - began))
        except Changed:
            self.ledger.ghosts.update(ids)
        except Unavailable:
            self.ledger.refused += 1
            self.ledger.ghosts.update(ids)
        except (DomainError, sa.exc.SQLAlchemyError, OSError) as error:
            self.ledger.strange.append(f"{type(error).__name__}: {error}"[:200])
            self.ledger.ghosts.update(ids)
        return ids if len(ids) == len(batch) else []

    def _known(self, id: str) -> bool:
        while True:
            try:
                with self.world.database.reading() as connection:
                    return bool(connection.scalar(KNOWN, {"id": id}))
            except Unavailable:
                time.sleep(0.2)
