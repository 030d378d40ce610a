"""Bundles of policies that somebody might put in the place of the good one."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

from deploy.local import bundle


def others(good: bytes, folder: Path, keys: Path) -> dict[str, bytes]:
    """By what is wrong with it. The last one is signed with the key of this stack, and of older rules."""
    rules = folder / "rules"
    shutil.copytree(bundle.POLICIES, rules)
    (rules / "older.rego").write_text("package prm.older\n\ngiven_up := true\n")
    shutil.copytree(keys, folder / "ours" / "keys")
    return {
        "cut off": good[: len(good) // 2],
        "no archive": b"no bundle",
        "unsigned": _unsigned(good),
        "signed with another key": bundle.build(folder / "stranger", rules).read_bytes(),
        "stale": bundle.build(folder / "ours", rules).read_bytes(),
    }


def _unsigned(content: bytes) -> bytes:
    """The same bundle without its signatures."""
    taken = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as old, tarfile.open(fileobj=taken, mode="w:gz") as new:
        for member in old.getmembers():
            if not member.name.endswith(".signatures.json"):
                new.addfile(member, old.extractfile(member))
    return taken.getvalue()


def put(path: Path, content: bytes) -> None:
    """At once, so that nobody reads half of it."""
    fresh = path.with_suffix(".torn")
    fresh.write_bytes(content)
    fresh.replace(path)
