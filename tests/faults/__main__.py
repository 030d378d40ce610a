"""`./prm test --faults [ROW]`: break things row by row, print what each row found, and one table at the end."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.local.layout import data_folder
from tests.bench.rounds import TimeUp, limited
from tests.faults.lab import Lab, Wishes
from tests.faults.report import Result, Skipped, table, write
from tests.faults.rows import ROWS, Row


def main(words: Sequence[str]) -> int:
    """-> 0 when no row failed; a number missed or a row skipped is said, and is no failure."""
    arguments = _parsed(words)
    if arguments.list:
        print("\n".join(f"{row.name:<12} {row.what}" for row in ROWS.values()))
        return 0
    began, folder = datetime.now(UTC), data_folder() / "faults"
    results: list[Result] = []
    with Lab(folder, Wishes(arguments.seed, arguments.scale, arguments.minutes)) as lab:
        for row in [ROWS[name] for name in arguments.rows] or list(ROWS.values()):
            results += _run(row, lab)
    path = folder / f"{began:%Y%m%d-%H%M%S}.json"
    write(
        path,
        began,
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}",
        results,
    )
    print(f"\n{table(results)}\n\n{path}")
    return 1 if any(result.said == "failed" for result in results) else 0


def _run(row: Row, lab: Lab) -> list[Result]:
    """A row that breaks down ends itself alone."""
    print(f"{row.name}: {row.what} …", flush=True)
    found: list[Result] = []
    lost: Result | None = None
    began = time.monotonic()
    try:
        with limited(row.seconds):
            for result in row.run(lab):
                result.seconds, began = time.monotonic() - began, time.monotonic()
                found.append(result)
                print(json.dumps(result.as_json(), ensure_ascii=False), flush=True)
    except Skipped as reason:
        lost = Result(row.name, lab.wishes.seed, skipped=str(reason))
    except TimeUp as error:
        lost = Result(row.name, lab.wishes.seed, broken=str(error))
    except Exception as error:  # noqa: BLE001  # the other rows are wanted all the same
        lost = Result(row.name, lab.wishes.seed, broken=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
    if lost is not None:
        lost.seconds = time.monotonic() - began
        found.append(lost)
        print(json.dumps(lost.as_json(), ensure_ascii=False), flush=True)
    return found


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="prm test --faults", description="Break things and see what holds.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="some of those that --list names; all by default")
    parser.add_argument("--list", action="store_true", help="name the rows")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the sizes of the table: whether it works, not whether it holds")
    parser.add_argument("--minutes", type=float, default=20.0, help="length of the soak")
    found = parser.parse_args(words)
    if unknown := set(found.rows) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
