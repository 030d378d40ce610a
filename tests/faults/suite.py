"""Rows on a whole suite: every process and every server in turn, the store, the policy, and a soak. All under API and page load."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc
import httpx
from prm.content.v1 import documents_pb2
from prm.deals.v1 import registrations_pb2

from chassis.policy.opa import PolicyClient
from cli.demo.client import eventually
from deploy.local import state
from tests.faults import bundles
from tests.faults.lab import Lab
from tests.faults.report import Number, Result, at_least, at_most, exactly
from tests.fuzz.watch import Watch
from tests.system.outage import back, killed
from tests.system.suite import Suite, running
from tests.system.test_away import heals
from tests.system.visitors import browser
from tests.system.world import World, build
from tests.system.writer import Writer, named

PAGES = ("/", "/deals", "/funds", "/content", "/training", "/notifications")
BUNDLE_SECONDS, FULL, HEALED = 15.0, 20 << 20, 90.0
SOAK_EVERY, FROZEN_SECONDS = 30.0, 4.0


class Reader(threading.Thread):
    """Somebody who opens page after page, and keeps what must never be shown."""

    def __init__(self, world: World, client: httpx.Client) -> None:
        super().__init__(daemon=True)
        self.world, self.client, self.done = world, client, threading.Event()
        self.answers: dict[int, int] = {}
        self.bare: list[str] = []

    def run(self) -> None:
        while not self.done.is_set():
            for path in PAGES:
                with suppress(httpx.TransportError):  # the gateway itself is away
                    self.take(path, self.client.get(path))
                self.done.wait(0.2)

    def take(self, path: str, answer: httpx.Response) -> None:
        self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
        wordless = answer.status_code >= 500 and "not reachable" not in answer.text and "right now" not in answer.text
        if "Traceback" in answer.text or 'File "' in answer.text or wordless:
            self.bare.append(f"{path} {answer.status_code}: {answer.text[:120]!r}")


@contextmanager
def loaded(world: World) -> Iterator[tuple[Writer, Reader]]:
    """Under load until the block ends; then what was refused is sent once more."""
    with browser(world, "admin") as client:
        writer, reader = Writer(world), Reader(world, client)
        writer.daemon = True
        writer.start()
        reader.start()
        try:
            eventually(lambda: len(writer.acknowledged) >= 3, "the first writes", HEALED)
            yield writer, reader
        finally:
            writer.done.set()
            reader.done.set()
            writer.join()
            reader.join()


@contextmanager
def _world(lab: Lab, *flags: str) -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="prm-faults-") as folder, running(Path(folder), *flags) as suite:
        yield build(suite)


def _parts(suite: Suite) -> list[str]:
    return [part["name"] for part in state.read(suite.data)["parts"] if part["pid"]]


def _kept(world: World, writer: Writer, reader: Reader) -> list[Number]:
    """What all of these rows ask: nothing that was acknowledged is lost or there twice, no page shows what is inside."""
    writer.repeat()
    there = named(world, writer.tag)
    unlisted = set(writer.acknowledged) - set(there)
    lost = [found for found in unlisted if not _is_there(world, found)]
    for found in sorted(unlisted)[:3]:
        print(f"not listed: {found} {writer.acknowledged[found]}, {'lost' if found in lost else 'there'}, {len(there)} listed", flush=True)
    heals(world)
    return [
        exactly("acknowledged and lost", len(lost), 0),
        exactly("there and not listed", len(unlisted) - len(lost), 0),
        exactly("there and never acknowledged", len(set(there) - set(writer.acknowledged)), 0),
        exactly("pages that show what is inside or say nothing", len(reader.bare), 0),
        exactly("errors other than UNAVAILABLE", len(writer.codes - {"UNAVAILABLE"}), 0),
    ]


def _is_there(world: World, id: str) -> bool:
    try:
        world.call("sales", world.api.registrations.GetRegistration, registrations_pb2.GetRegistrationRequest(id=id))
    except grpc.RpcError:
        return False
    return True


def _broken(numbers: list[Number]) -> str:
    return "; ".join(str(item) for item in numbers if not item.met)


def _result(lab: Lab, name: str, world: World, writer: Writer, reader: Reader, note: str) -> Result:
    numbers = _kept(world, writer, reader)
    shown = f"{note}; {len(writer.acknowledged)} writes, {len(writer.refused)} refused and repeated, pages {reader.answers}"
    text = "; ".join([shown, *sorted(writer.codes), *reader.bare[:2]])
    return Result(name, lab.wishes.seed, numbers, note=text, broken=_broken(numbers))


def killed_in_turn(lab: Lab) -> Iterator[Result]:
    """kill -9 of each process, then of each server; the supervisor brings it back."""
    with _world(lab, "--isolated") as world:
        parts, longest = _parts(world.suite), ("", 0.0)
        with loaded(world) as (writer, reader):
            for name in parts[:: max(1, round(1 / lab.wishes.scale))]:
                before, began = killed(world.suite, name), time.monotonic()
                back(world.suite, name, before)
                longest = max(longest, (name, time.monotonic() - began), key=lambda item: item[1])
                time.sleep(1)
        found = _result(lab, "suite killed", world, writer, reader, f"{', '.join(parts)}; slowest back: {longest[0]}")
        found.numbers.append(at_most("until the supervisor had it back", longest[1], 60, "s"))
        yield found


def store(lab: Lab) -> Iterator[Result]:
    """The object store is killed in the middle of an upload: nothing is confirmed, and the upload succeeds later."""
    with _world(lab) as world:
        with loaded(world) as (writer, reader):
            stub, body = world.api.documents, os.urandom(FULL)
            made = world.call(
                "programme",
                stub.CreateDocument,
                documents_pb2.CreateDocumentRequest(document=documents_pb2.Document(title="Map", language="en")),
            )
            digest = hashlib.sha256(body).hexdigest()
            begin = documents_pb2.BeginUploadRequest(
                id=made.id, file_name="map.pdf", media_type="application/pdf", size_bytes=len(body), sha256=digest
            )
            begun = world.call("programme", stub.BeginUpload, begin)
            torn = _torn_upload(begun.url, body, lambda: killed(world.suite, "s3"))
            back(world.suite, "s3", torn[1])
            eventually(lambda: httpx.put(begun.url, content=body, timeout=60).status_code == 200, "the upload", HEALED)
            confirm = documents_pb2.ConfirmUploadRequest(id=made.id, upload_id=begun.upload_id)
            version = world.call("programme", stub.ConfirmUpload, confirm).file_version
        found = _result(lab, "store away", world, writer, reader, f"the upload ended with {torn[0]}")
        found.numbers += [exactly("uploads confirmed", version, 1)]
        yield found


def _torn_upload(url: str, body: bytes, act: Callable[[], int]) -> tuple[str, int]:
    """-> (how the upload ended, the process that was)."""
    pids: list[int] = []

    def slowly() -> Iterator[bytes]:
        for place in range(0, len(body), 1 << 18):
            if place > len(body) // 3 and not pids:
                pids.append(act())
            yield body[place : place + (1 << 18)]

    try:
        answer = httpx.put(url, content=slowly(), headers={"content-length": str(len(body))}, timeout=30)
        return str(answer.status_code), pids[0]
    except httpx.HTTPError as error:
        return type(error).__name__, pids[0]


def policy(lab: Lab) -> Iterator[Result]:
    """Another bundle in the place of the good one: the good one serves on, and is built anew where OPA starts beside the other."""
    with _world(lab) as world, tempfile.TemporaryDirectory() as folder:
        path, active = world.suite.data / "opa" / "bundle.tar.gz", PolicyClient(world.suite.settings["PRM_OPA_URL"]).revision
        others, named, said = bundles.others(path.read_bytes(), Path(folder), world.suite.data / "keys"), active(), []
        with loaded(world) as (writer, reader):
            for name, content in others.items():
                bundles.put(path, content)
                said += _beside(name, writer, active, named)
            for name in ("stale", "unsigned"):
                bundles.put(path, others[name])
                _opa_killed(world, writer)
                said += _beside(f"{name} after OPA's end", writer, active, named)
        found = _result(lab, "policy broken", world, writer, reader, f"{', '.join(others)}")
        found.numbers += said
        found.broken = _broken(found.numbers)
        yield found


def _beside(name: str, writer: Writer, active: Callable[[], str], wanted: str) -> list[Number]:
    """Writes go on for a while beside this bundle, and nothing but the wanted revision is active."""
    before, seen, end = len(writer.acknowledged), set(), time.monotonic() + BUNDLE_SECONDS
    while time.monotonic() < end:
        seen.add(active())
        time.sleep(0.2)
    writes = at_least(f"writes beside one {name}", len(writer.acknowledged) - before, 1)
    return [writes, exactly(f"others active beside one {name}", len(seen - {wanted}), 0)]


def _opa_killed(world: World, writer: Writer) -> None:
    back(world.suite, "opa", killed(world.suite, "opa"))
    there = len(writer.acknowledged)
    eventually(lambda: len(writer.acknowledged) > there + 2, "writes after OPA's end", HEALED)


def soak(lab: Lab) -> Iterator[Result]:
    """A random fault each 30 s; processes that nobody killed hold no more memory at the end."""
    dice = random.Random(lab.wishes.seed)
    with _world(lab) as world:
        parts = _parts(world.suite)
        spared = dice.choice([name for name in parts if name.split("-")[0] in ("api", "gateway", "consumer", "runner")])
        done: list[str] = []
        with loaded(world) as (writer, reader):
            time.sleep(60)
            watch = Watch(world.suite.data)
            watch.look()
            end = time.monotonic() + lab.wishes.minutes * 60
            while time.monotonic() < end:
                done.append(_fault(world.suite, dice, [name for name in parts if name != spared]))
                time.sleep(SOAK_EVERY)
            watch.look()
        sizes = {name: (watch.memory[0][name], watch.memory[-1].get(name, 0.0)) for name in watch.memory[0]}
        found = _result(
            lab, "soak", world, writer, reader, f"{len(done)} faults in {lab.wishes.minutes:g} min; MiB {sizes}; {spared} spared"
        )
        found.numbers.append(exactly("processes that grew beyond 15 % and 32 MiB", len(watch.grown()), 0))
        yield found


def _fault(suite: Suite, dice: random.Random, parts: list[str]) -> str:
    """Kill a part, or freeze it for a few seconds; -> what was done."""
    name, what = dice.choice(parts), dice.choice(("killed", "frozen"))
    with suppress(LookupError, ProcessLookupError):  # it is just coming back from the last one
        if what == "killed":
            killed(suite, name)
        else:
            pid = suite.pid(name)
            os.killpg(pid, signal.SIGSTOP)
            try:
                time.sleep(FROZEN_SECONDS)
            finally:
                os.killpg(pid, signal.SIGCONT)
    return f"{name} {what}"
