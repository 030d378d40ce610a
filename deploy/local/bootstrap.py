"""Make .prm/venv from the locked requirements, bring build/gen up to date, and become the command. Standard library only.

It does nothing when the stamp says that all is there, so every `./prm` may call it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".prm"
VENV = DATA / "venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "requirements.sha256"
CANNOT_BE_HAD = 3
NEEDS_DEVELOPMENT = {"test", "fuzz", "bench"}


def main(arguments: list[str]) -> None:
    """Prepare what the command needs, then replace this process by it."""
    DATA.mkdir(exist_ok=True)
    with _alone():
        _install("dev" if NEEDS_DEVELOPMENT.intersection(arguments[:1]) else "local")
        _generate()
    os.execve(PYTHON, [str(PYTHON), "-m", "cli", *arguments], _environment())


def _environment() -> dict[str, str]:
    """The import roots, and the virtual environment's programs first on PATH."""
    paths = [str(ROOT), str(ROOT / "build" / "gen")]
    programs = [str(VENV / "bin"), os.environ.get("PATH", os.defpath)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PATH": os.pathsep.join(programs), "PYTHONNOUSERSITE": "1"}


def _install(level: str) -> None:
    """`dev` contains all of `local`, so what is there for tests serves `up` as well."""
    wanted = {name: _digest(name) for name in (level, "dev")}
    found = STAMP.read_text() if STAMP.exists() else ""
    if PYTHON.exists() and found in wanted.values():
        return
    started = time.monotonic()
    print(f"prm: installing the locked Python packages into {VENV.relative_to(ROOT)} …", file=sys.stderr, flush=True)
    if not _usable():
        venv.EnvBuilder(clear=True, with_pip=True).create(VENV)
    STAMP.unlink(missing_ok=True)
    _pip(level)
    STAMP.write_text(wanted[level])
    print(f"prm: installed in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _usable() -> bool:
    """Whether the environment there has this Python; it may stem from one that was upgraded away, or moved here."""
    check = "import sys, pip; print(*sys.version_info[:2], sys.prefix)"
    command = [str(PYTHON), "-c", check]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if PYTHON.exists() else None
    return done is not None and done.stdout.split() == [*map(str, sys.version_info[:2]), str(VENV)]


def _pip(level: str) -> None:
    options = ["--quiet", "--require-hashes", "--only-binary=:all:", "--no-deps", "--disable-pip-version-check"]
    command = [str(PYTHON), "-m", "pip", "install", *options, "-r", str(ROOT / "requirements" / f"{level}.txt")]
    if subprocess.run(command, check=False).returncode:
        _give_up("The Python packages could not be installed; pip's message stands above. Is a package index within reach?")


def _digest(level: str) -> str:
    content = (ROOT / "requirements" / f"{level}.txt").read_bytes()
    return hashlib.sha256(b"%d.%d\0" % sys.version_info[:2] + str(VENV).encode() + b"\0" + content).hexdigest()


def _generate() -> None:
    """Python from the protos; the generator itself knows whether anything changed."""
    done = subprocess.run([str(PYTHON), "-m", "cli.generate"], env=_environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        _give_up(f"{done.stdout}{done.stderr}")


@contextmanager
def _alone() -> Iterator[None]:
    """Two commands at once must not both install."""
    with (DATA / "bootstrap.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _give_up(text: str) -> None:
    print(f"prm: {text}", file=sys.stderr)
    sys.exit(CANNOT_BE_HAD)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
