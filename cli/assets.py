"""Build the portal's static files (gateway/portal/static/dist) with Node, when their sources changed.

The stamp covers everything the result depends on, so a second call costs a few milliseconds and no Node.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.install import node as find_node
from deploy.local.parts import CannotStart

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "gateway" / "portal" / "assets"
DIST = ROOT / "gateway" / "portal" / "static" / "dist"
STAMP = DIST / "sources.sha256"
LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"
INSTALLED = MODULES / ".prm-lock.sha256"


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{failure}\n{done.stdout}{done.stderr}".rstrip())


def _install(npm: Sequence[str]) -> None:
    """Bring node_modules to what package-lock.json says. The stamp inside it falls with it when it is deleted."""
    digest = _digest(ROOT / "package.json", LOCK)
    if INSTALLED.exists() and INSTALLED.read_text() == digest:
        return
    _run(
        [*npm, "ci", "--ignore-scripts"],
        "The portal's build packages could not be installed.",
    )
    INSTALLED.write_text(digest)


def build() -> bool:
    """Bring the static files up to date; -> whether anything was built. Exits with a message when Node is missing or refuses."""
    files = [path for path in sorted(SOURCES.rglob("*")) if path.is_file()]
    digest = _digest(*files, ROOT / "package.json", LOCK, Path(__file__).resolve())
    if STAMP.exists() and STAMP.read_text() == digest:
        return False
    try:
        node, npm = find_node()
    except CannotStart as error:
        sys.exit(str(error))
    _install(npm)
    _run(
        [node, str(SOURCES / "build.mjs")],
        "The portal's static files could not be built.",
    )
    STAMP.write_text(digest)
    return True


if __name__ == "__main__":
    print("built" if build() else "up to date")
