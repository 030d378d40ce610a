"""`./prm up`: start what is needed in the right order, watch it, and leave nothing running."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import util

from deploy.local import install, mail, opa, postgres, processes, rabbitmq, state, store
from deploy.local.environment import administrator, environment, external, overrides, public_url
from deploy.local.layout import Layout
from deploy.local.parts import Cancelled, Part
from deploy.local.prepared import Record
from deploy.local.secrets import token_keys
from deploy.local.strays import end_strays
from deploy.local.tasks import Task, run_all, step
from deploy.local.units import Unit

PARTS: Mapping[str, Callable[[Layout], Part]] = {
    "postgres": postgres.part,
    "rabbitmq": rabbitmq.part,
    "opa": opa.part,
    "s3": lambda layout: store.part(layout, os.environ.get("PRM_STORE", "seaweedfs")),
    "mail": mail.part,
}
NEEDS = {"api": ("migrate", "opa"), "consumer": ("migrate", "bus"), "runner": ("migrate", "bus"), "gateway": ("assets",)}
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Wishes:
    """How the stack is wanted."""

    isolated: bool = False
    demo: bool = True


class Supervisor:
    """Runs one stack in the foreground until it is told to stop."""

    def __init__(self, layout: Layout, wishes: Wishes) -> None:
        self.layout, self.wishes = layout, wishes
        self.stopping = threading.Event()
        self.parts = {name: Unit(layout, make(layout)) for name, make in PARTS.items() if not external(name)}
        self.processes = {part.name: Unit(layout, part) for part in processes.processes(layout, wishes.isolated)}
        self._state, self._shown, self._started = "starting", "", time.monotonic()

    def run(self) -> int:
        """-> the exit code: 0 after an orderly stop. Raises CannotStart when something cannot be had."""
        for number in STOPPING:
            signal.signal(number, self._asked_to_stop)
        if self.wishes.demo and util.find_spec("cli.demo"):
            from cli.demo import begin

            begin(self.layout.data)
        try:
            self._start_and_watch()
        finally:
            self._stop()
        return 0

    def _start_and_watch(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(run_all, self._tasks(), self.stopping)
            while not self.stopping.wait(0.2):
                self._mind()
                if starting.done() and not starting.exception() and self._state == "starting":
                    self._ready()
            install.abandon()
            error = starting.exception()
        if error and not isinstance(error, Cancelled):
            raise error

    def _tasks(self) -> list[Task]:
        parts = [Task(name, self._starter(unit)) for name, unit in self.parts.items()]
        steps = [
            Task("assets", self._step("assets", "-m", "cli.assets")),
            Task("migrate", self._once("migrate", "pg", "-m", "cli", "migrate", "all"), self._here("postgres")),
            Task("bus", self._once("bus", "rabbitmq", "-m", "cli", "bus", "declare"), self._here("rabbitmq")),
        ]
        hosted = [Task(name, self._starter(unit), self._here(*NEEDS[processes.role_of(name)])) for name, unit in self.processes.items()]
        everything = [*self.parts, *self.processes]
        last = [Task("bootstrap", self._once("bootstrap", "pg", "-m", "cli", "identity", "bootstrap"), ["migrate"])]
        last.append(Task("serving", self._step("serving", "-m", "cli", "health", "--wait", "60"), [*everything, "bootstrap"]))
        if self.wishes.demo and util.find_spec("cli.demo"):
            last.append(Task("demo", self._step("demo", "-m", "cli", "demo", "load"), ["serving"]))
        return [*parts, *steps, *hosted, *last]

    def _here(self, *names: str) -> list[str]:
        """Of these, the ones that this stack starts; parts elsewhere are taken to be up."""
        return [name for name in names if name in self.parts or name not in PARTS]

    def _starter(self, unit: Unit) -> Callable[[], None]:
        def start() -> None:
            started = time.monotonic()
            unit.start(self.stopping)
            self.say(f"{unit.part.name:<18} ready in {time.monotonic() - started:4.1f} s   {unit.part.address}")

        return start

    def _step(self, name: str, *words: str) -> Callable[[], None]:
        def run() -> None:
            started = time.monotonic()
            settings = {**os.environ, **environment(self.layout, owner=True), "PRM_STACK": self.layout.marker}
            step(self.layout, name, [sys.executable, *words], settings, self.stopping)
            self.say(f"{name:<18} done  in {time.monotonic() - started:4.1f} s")

        return run

    def _once(self, name: str, folder: str, *words: str) -> Callable[[], None]:
        """A step that need not be taken twice by the same code on the same data."""
        take, keys = self._step(name, *words), sorted(path.name for path in token_keys(self.layout.data).iterdir())
        record = Record(self.layout.data / folder, name, " ".join([*keys, *sorted(f"{k}={v}" for k, v in overrides().items())]))
        ours = {"pg": "postgres", "rabbitmq": "rabbitmq"}[folder] in self.parts

        def run() -> None:
            if ours and record.holds():
                return
            take()
            if ours:
                record.write()

        return run

    def _ready(self) -> None:
        self.say(f"Up after {time.monotonic() - self._started:.1f} s. Portal: {public_url(self.layout)}   Mail: {mail.page(self.layout)}")
        _print_sign_ins(self.wishes, administrator(self.layout))
        self.say("Stop with Ctrl-C or ./prm down.")
        self._state = "ready"  # who follows a detached start reads until here
        self._publish()

    def _mind(self) -> None:
        for unit in self._units():
            unit.mind(self.say)
        self._publish()

    def _publish(self) -> None:
        described = [unit.describe() for unit in self._units()]
        if (shown := f"{self._state}{described}") != self._shown:
            self._shown = shown
            state.write(self.layout, self._state, public_url(self.layout), described)

    def _stop(self) -> None:
        self._state = "stopping"
        self._publish()
        self.say("stopping …")
        for group in (self.processes, self.parts):
            with ThreadPoolExecutor(max(len(group), 1)) as pool:
                list(pool.map(Unit.stop, group.values()))
        end_strays(self.layout)
        self.say("stopped; nothing is left running")

    def _asked_to_stop(self, number: int, _frame: object) -> None:
        if self.stopping.is_set() and number == signal.SIGINT:  # asked twice: no more patience
            for unit in self._units():
                unit.kill()
        self.stopping.set()

    def _units(self) -> list[Unit]:
        return [*self.parts.values(), *self.processes.values()]

    def say(self, text: str) -> None:
        print(f"  {text}", flush=True)


def _print_sign_ins(wishes: Wishes, admin: Mapping[str, str]) -> None:
    print(f"    {'Administrator':<40} {admin['PRM_ADMIN_EMAIL']:<46} {admin['PRM_ADMIN_PASSWORD']}")
    if wishes.demo and util.find_spec("cli.demo"):
        from cli.demo.load import sign_ins

        for who, address, password in sign_ins():
            print(f"    {who:<40} {address:<46} {password}")
