"""`./prm bench [figures…]`: measure, print the table, write the JSON, leave nothing running."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.layout import data_folder
from tests.bench.figures import FIGURES, Bench, Figure, Wishes
from tests.bench.report import Goal, Line, Report, Sense
from tests.bench.rounds import TimeUp, limited

WHOLE_SECONDS = 20 * 60.0


def main(words: Sequence[str]) -> int:
    """-> 0 when every goal is met, 1 when one is not or could not be measured."""
    arguments = _parsed(words)
    if arguments.list:
        print("\n".join(f"{figure.name:<12} {figure.what}" for figure in FIGURES.values()))
        return 0
    began, folder = datetime.now(UTC), data_folder() / "bench"
    report = Report(began, f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}", arguments.short)
    chosen = [FIGURES[name] for name in arguments.figures] or list(FIGURES.values())
    with Bench(folder, Wishes(arguments.short)) as bench:
        _run(bench, chosen, report)
    path = arguments.json or folder / f"{began:%Y%m%d-%H%M%S}.json"
    report.write(path)
    print(f"\n{report.table()}\n\n{path}")
    return 0 if report.met else 1


def _run(bench: Bench, figures: Sequence[Figure], report: Report) -> None:
    ends = time.monotonic() + WHOLE_SECONDS
    for figure in figures:
        print(f"{figure.name}: {figure.what} …", flush=True)
        began = time.monotonic()
        try:
            with limited(max(min(figure.seconds, ends - began), 0.001)):
                for line in figure.measure(bench):
                    report.lines.append(line)
                    print(f"  {line}", flush=True)
        except TimeUp as error:
            report.lines.append(_lost(figure, str(error)))
        except Exception as error:  # noqa: BLE001  # the other figures are wanted all the same
            report.lines.append(_lost(figure, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"))
        print(f"  {time.monotonic() - began:.0f} s", flush=True)


def _lost(figure: Figure, why: str) -> Line:
    print(f"  {why}", file=sys.stderr, flush=True)
    return Line(figure.name, figure.what, "", [], Goal(Sense.AT_LEAST, 0, ""), lost=why)


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="prm bench", description="Measure the foundation against its goals, on loopback.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="some of those that --list names; all by default")
    parser.add_argument("--list", action="store_true", help="name the figures")
    parser.add_argument("--short", action="store_true", help="few rows and rounds: whether it works, not how fast it is")
    parser.add_argument("--json", type=Path, metavar="PATH", help="where the figures go; by default .prm/bench/<time>.json")
    found = parser.parse_args(words)
    if unknown := set(found.figures) - set(FIGURES):
        parser.error(f"no figure {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
