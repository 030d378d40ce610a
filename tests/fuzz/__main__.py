"""`./prm fuzz`: a suite of its own, a programme, and requests that are nearly right. 1 unless nothing broke."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

from tests.fuzz.report import table
from tests.fuzz.run import Plan, Run
from tests.system import world as worlds
from tests.system.suite import running

BUSY = {"PRM_LOG_LEVEL": "INFO", "PRM_TRACE_RATIO": "0"}


def main(words: list[str]) -> int:
    """Run, print the table, write the JSON."""
    command = argparse.ArgumentParser(prog="prm fuzz")
    command.add_argument("--requests", type=int, default=100_000)
    command.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    command.add_argument("--only", type=int, help="send one request of a run again, by its number")
    command.add_argument("--json", type=Path, default=Path("build/fuzz.json"))
    wanted = command.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="prm-fuzz-") as folder, running(Path(folder), **BUSY) as suite:
        run = Run(Plan(wanted.requests, wanted.seed, only=wanted.only), worlds.build(suite))()
        found = run.as_json()
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    wanted.json.write_text(json.dumps(found, indent=2))
    print(table(found))
    return 0 if found["good"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
