"""`./prm test`: every check there is, then the tests, on real parts of their own."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy.local.install import ensure_chromium, ensure_rabbitmq, opa
from deploy.local.layout import ROOT
from deploy.local.parts import CannotStart

WORKERS = "2"
NO_TESTS = 5
OWN_RUN = {"tests/patched": ["-m", "tests.patched"]}  # needs eventlet's patches, which no other test may have
LEFT_OUT = ("tests/patched", "tests/faults", "tests/bench")


def register(commands: Any) -> None:
    """test [--checks] [--with-minio] [--faults] [--stop] [pytest arguments]."""
    command = commands.add_parser("test", help="run all checks and tests, or pytest on what is named")
    command.add_argument("--checks", action="store_true", help="only style, types, imports, contracts and policies")
    command.add_argument("--with-minio", action="store_true", help="run the tests of the object store against MinIO too")
    command.add_argument("--faults", nargs="?", const="", metavar="ROW", help="run the fault tests (long), or one row of them")
    command.add_argument("--stop", action="store_true", help="end parts that PRM_TEST_KEEP=1 left running")
    command.set_defaults(run=_test, takes_rest=True)


def _test(arguments: argparse.Namespace) -> int:
    os.chdir(ROOT)
    if arguments.stop:
        return _stop()
    if arguments.faults is not None:
        return _faults([word for word in (arguments.faults, *arguments.rest) if word])
    if arguments.rest:
        return _named(arguments.rest)
    _prepare()
    failed = _checks()
    if not arguments.checks:
        failed += _tests(arguments.with_minio)
    if failed:
        print(f"prm test: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _faults(words: Sequence[str]) -> int:
    """A row and its options, such as `--list` and `--seed`."""
    return own_run("faults", words)


def own_run(folder: str, words: Sequence[str]) -> int:
    """Run the program of a folder of tests/. Raises CannotStart where tests were left out, as in an image."""
    if not (ROOT / "tests" / folder).exists():
        raise CannotStart(f"There is no tests/{folder} in this checkout.")
    os.chdir(ROOT)
    return _run([sys.executable, "-m", f"tests.{folder}", *words])


def _named(rest: Sequence[str]) -> int:
    patched = [word for word in rest if word.startswith("tests/patched")]
    return _run([sys.executable, *OWN_RUN["tests/patched"], *rest]) if patched else _pytest(*rest)


def _tests(with_minio: bool) -> list[str]:
    """The runs, the long one last, so that its summary closes the output."""
    runs: dict[str, Callable[[], int]] = {}
    if (ROOT / "tests/patched").exists():
        runs["tests under eventlet"] = lambda: _run([sys.executable, *OWN_RUN["tests/patched"], "tests/patched"])
    left_out = [f"--ignore={folder}" for folder in LEFT_OUT]
    if with_minio:
        only_store = ["tests", "-m", "store", "-n0", *left_out]
        runs["tests on MinIO"] = lambda: _pytest(*only_store, PRM_STORE="minio")
    browser = [str(path.relative_to(ROOT)) for path in (ROOT / "tests/browser", ROOT / "tests/system/test_portal.py") if path.exists()]
    left_out += [f"--ignore={path}" for path in browser]
    # playwright keeps an event loop running in its worker, which tests with loops of their own must not meet
    runs["tests in a browser"] = lambda: _pytest(*browser, "-n", WORKERS, "--dist=loadfile")
    runs["tests"] = lambda: _pytest("tests", "-n", WORKERS, "--dist=loadfile", *left_out)
    return [name for name, run in runs.items() if run() not in (0, NO_TESTS if name != "tests" else 0)]


def _checks() -> list[str]:
    """All checks, each to its end: a person wants to see everything that is wrong."""
    from cli import policy, proto

    python = [sys.executable, "-m"]
    steps: dict[str, Callable[[], int]] = {
        "style": lambda: _run([*python, "ruff", "check", "--quiet", "."]),
        "format": lambda: _run([*python, "ruff", "format", "--check", "--quiet", "."]),
        "types": lambda: _run([*python, "mypy"]),
        "imports": _imports,
        "contracts": proto.lint,
        "policies": policy.check,
    }
    return [name for name, step in steps.items() if _timed(name, step)]


def _imports() -> int:
    """import-linter, silent unless a contract is broken."""
    done = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[done.stdout.find("Contracts") :], done.stderr)
    return done.returncode


def _timed(name: str, step: Callable[[], int]) -> bool:
    started = time.monotonic()
    failed = bool(step())
    print(f"  {name:<10} {'FAILED' if failed else 'ok':<7} {time.monotonic() - started:5.1f} s", flush=True)
    return failed


def _prepare() -> None:
    """Have what tests use from outside, before the clock of any test runs."""
    ensure_rabbitmq()
    opa()
    if (ROOT / "tests/browser").exists():
        ensure_chromium()
    if _run([sys.executable, "-m", "cli.assets"]):
        raise CannotStart("The portal's static files cannot be built.")


def _pytest(*words: str, **settings: str) -> int:
    return _run([sys.executable, "-m", "pytest", "-p", "no:pytest_nameko", *words], **settings)


def _run(command: Sequence[str], **settings: str) -> int:
    return subprocess.run(command, env={**os.environ, **settings}, check=False).returncode


def _stop() -> int:
    from deploy.local.layout import known
    from deploy.local.strays import end_strays

    print(f"ended {end_strays(known(ROOT / '.prm-test'))} processes")
    shutil.rmtree(ROOT / ".prm-test" / "run", ignore_errors=True)
    return 0
