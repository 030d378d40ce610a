"""The locks: complete, with hashes, without addresses, and the same versions in tests and in the image."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.local.layout import ROOT

FOLDER = ROOT / "requirements"
LOCKS = sorted(FOLDER.glob("*.txt"))


def pinned(lock: Path) -> dict[str, str]:
    return {_name(found[0]): found[1] for found in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", lock.read_text(), re.MULTILINE)}


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_hashed_and_comes_from_nowhere_in_particular(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "http" not in re.sub(r"^\S+==.*$", "", lock.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_what_is_asked_for_is_locked(lock: Path) -> None:
    wanted = re.findall(r"^([A-Za-z][\w.-]*)", lock.with_suffix(".in").read_text(), re.MULTILINE)
    assert {_name(name) for name in wanted} <= set(pinned(lock))


def test_tests_run_with_the_versions_of_the_image() -> None:
    dev = pinned(FOLDER / "dev.txt")
    for lock in (FOLDER / "runtime.txt", FOLDER / "local.txt"):
        assert {name: version for name, version in pinned(lock).items() if dev.get(name) != version} == {}
