"""PostgreSQL is killed, its sessions ended, the answers to COMMIT dropped; it is down with much queued, and its disk is full."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from deploy.local import postgres as part
from deploy.local.layout import claim
from tests.bus.commits import CommitProxy
from tests.bus.servers import OwnPostgres
from tests.bus.world import World
from tests.faults.judge import judge, settled
from tests.faults.lab import Lab, crew, empty_world
from tests.faults.load import Ledger, Load, Plan
from tests.faults.report import Result, Skipped, at_least, at_most, exactly

RATE, FOREVER = 60.0, 10**9
KILLS, ENDINGS, DROPPED = 5, 30, 200
QUEUED, DOWN_SECONDS = 10_000, 300.0
DISK, FULL_SECONDS = "size=420m,mode=0755", 20.0
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE %s"
)


def _result(name: str, lab: Lab, world: World, ledger: Ledger, note: str, refused: bool = True) -> Result:
    """What every part of the row asks: nothing counted, nothing parked, and the writer heard UNAVAILABLE and nothing else."""
    counted = world.scalar("SELECT count(*) FROM inbox_failure")
    numbers = [at_most("attempts counted", counted, 0), at_most("other errors than UNAVAILABLE", len(ledger.strange), 0)]
    numbers += [at_least("writes refused", ledger.refused, 1)] if refused else []
    text = "; ".join([note, f"{len(ledger.committed)} events", f"{ledger.refused} refused", *ledger.strange[:2]])
    return Result(name, lab.wishes.seed, numbers, judge(world, ledger), text)


def killed(lab: Lab) -> Iterator[Result]:
    with lab.world() as world, crew(world, lab.folder):
        load = Load(world, Plan(FOREVER, lab.wishes.seed, RATE)).start()
        for _ in range(lab.times(KILLS)):
            time.sleep(4)
            lab.postgres.kill()
            time.sleep(2)
            lab.postgres.start()
        time.sleep(4)
        ledger = load.stop()
        took = settled(world, ledger)
        yield _result("postgres killed", lab, world, ledger, f"{lab.times(KILLS)} kills, drained after {took:.0f} s")


def ended(lab: Lab) -> Iterator[Result]:
    with lab.world() as world, crew(world, lab.folder):
        load = Load(world, Plan(FOREVER, lab.wishes.seed, RATE)).start()
        for _ in range(lab.times(ENDINGS)):
            time.sleep(1)
            end_sessions(lab.postgres, world)
        ledger = load.stop()
        settled(world, ledger)
        yield _result("sessions ended", lab, world, ledger, f"{lab.times(ENDINGS)} times, once a second")


def end_sessions(server: OwnPostgres, world: World, name: str = "%") -> None:
    """Of those that call themselves so."""
    with psycopg.connect(part.superuser(server.layout, world.url.rpartition("/")[2]), autocommit=True) as connection:
        connection.execute(END_SESSIONS, [name])


def commits(lab: Lab) -> Iterator[Result]:
    with lab.world() as world:
        proxy = CommitProxy(world.url, share=0.1, limit=lab.times(DROPPED), seed=lab.wishes.seed)
        through = World(proxy.url, world.amqp)
        try:
            with crew(world, lab.folder, "runner", "consumer", url=proxy.url):
                load = Load(through, Plan(FOREVER, lab.wishes.seed, RATE)).start()
                while proxy.dropped < lab.times(DROPPED):
                    time.sleep(0.2)
                ledger = load.stop()
                settled(world, ledger)
            found = _result("commits unanswered", lab, world, ledger, "")
            found.numbers.append(exactly("answers dropped", proxy.dropped, lab.times(DROPPED)))
            yield found
        finally:
            through.database.close()
            proxy.close()


def down(lab: Lab) -> Iterator[Result]:
    """10,000 events wait in the broker while the database is away for five minutes."""
    number, seconds = lab.events(QUEUED), DOWN_SECONDS * lab.wishes.scale
    with lab.world() as world:
        with crew(world, lab.folder, "runner"):
            ledger = Load(world, Plan(number, lab.wishes.seed)).run()
            while world.scalar("SELECT position > published FROM log_head"):
                time.sleep(0.1)
        with crew(world, lab.folder, "runner", "consumer") as people:
            time.sleep(1)
            lab.postgres.kill()
            time.sleep(seconds)
            lab.postgres.start()
            took = settled(world, ledger)
            ends = len(people.ended)
        found = _result("postgres down", lab, world, ledger, f"{seconds:.0f} s, drained after {took:.0f} s", refused=False)
        found.numbers.append(at_most("processes that ended", ends, 0))
        yield found


def full(lab: Lab) -> Iterator[Result]:
    """The file system under a PostgreSQL of its own has no byte left for a while."""
    with _small_disk(lab.folder / "small") as folder:
        server = OwnPostgres(claim(folder))
        server.start()
        try:
            world = empty_world(server, lab.broker, "disk")
            with crew(world, lab.folder):
                load = Load(world, Plan(FOREVER, lab.wishes.seed, RATE)).start()
                time.sleep(5)
                _fill(folder / "ballast")
                time.sleep(FULL_SECONDS)
                alive = server.process is not None and server.process.poll() is None
                (folder / "ballast").unlink()
                if not alive:
                    server.start()
                time.sleep(5)
                ledger = load.stop()
                took = settled(world, ledger)
            note = f"the server {'went on' if alive else 'ended and was started again'}, drained after {took:.0f} s"
            yield _result("disk full", lab, world, ledger, note)
            world.database.close()
        finally:
            server.close()


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        raise Skipped("a small file system is mounted by root alone")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "prm-faults", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"no small file system: {done.stderr.strip()[:200]}")
    try:
        if not part.open_to_all(folder):
            raise Skipped(f"PostgreSQL's user may not enter {folder}: set PRM_DATA to a folder that all may enter")
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def _fill(path: Path) -> None:
    """Until there is no room at all."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
