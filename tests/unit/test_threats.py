"""The threat model names tests by path and name; each of them exists."""

from __future__ import annotations

import re

import pytest

from deploy.local.layout import ROOT

NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", (ROOT / "docs/threats.md").read_text())))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_named_there_exists(path: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_many_are_named() -> None:
    assert len(NAMED) > 50
