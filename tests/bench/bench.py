"""What figures share during a run, and what a figure is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from chassis.store.database import Database
from tests.bench.fill import VERSION, filler, some_ids
from tests.bench.lab import Lab, free_port
from tests.bench.people import Cast
from tests.bench.report import Line
from tests.bench.suite import Suites
from tests.stack import DatabaseUrls


@dataclass(frozen=True)
class Wishes:
    """`short` takes few rows and rounds: to see that everything works, not how fast it is."""

    short: bool = False

    def some(self, many: int, few: int) -> int:
        """How many of something."""
        return few if self.short else many

    @property
    def rows(self) -> int:
        """Registrations in the large database."""
        return self.some(1_000_000, 4_000)

    @property
    def few_rows(self) -> int:
        """Registrations in the small one."""
        return self.some(10_000, 2_000)


class Bench:
    """One run. Parts start when a figure first needs them and end with the run."""

    def __init__(self, folder: Path, wishes: Wishes) -> None:
        self.folder, self.wishes = folder, wishes
        folder.mkdir(parents=True, exist_ok=True)
        self.lab = Lab(folder / ("lab-short" if wishes.short else "lab"))
        self.suites = Suites(folder / "suite")
        self._casts: dict[str, Cast] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.suites.close()
        self.lab.close()

    def registrations(self, rows: int) -> DatabaseUrls:
        """A database of deals with so many registrations."""
        return self.lab.database("deals", f"bench_deals_{rows}", filler(rows), f"{VERSION} {rows}")

    def cast(self, urls: DatabaseUrls) -> Cast:
        """The people of a database, told to it once a run."""
        if urls.name not in self._casts:
            with self.lab.superuser(urls.name) as connection:
                self._casts[urls.name] = Cast(tuple(some_ids(connection, 10)))
            database = Database(urls.runtime, pool_size=1, name="bench")
            with database.writing() as writing:
                self._casts[urls.name].seed(writing)
            database.close()
        return self._casts[urls.name]

    def api(self, urls: DatabaseUrls, **more: str) -> dict[str, str]:
        """The settings of an api of deals on this database, at a port of its own."""
        opa = self.lab.url("opa")
        return self.lab.settings("deals", urls, PRM_DEALS_LISTEN=f"127.0.0.1:{free_port()}", PRM_OPA_URL=opa, **more)


@dataclass(frozen=True)
class Figure:
    """Something to measure. `seconds` is the most it may take, filling included where it is the first to need rows."""

    name: str
    what: str
    seconds: float
    measure: Callable[[Bench], Iterable[Line]]


API = ["-m", "cli", "api", "deals"]
