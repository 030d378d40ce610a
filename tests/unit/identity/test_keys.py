"""The folder of private keys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from services.identity.tokens.keys import KeyFolder


def test_a_key_is_readable_by_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "tokens")
    x = folder.create("key_1")
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "tokens" / "key_1.pem").stat().st_mode) == 0o600
    assert KeyFolder(tmp_path / "tokens").public_half("key_1") == x
    with pytest.raises(FileExistsError):
        folder.create("key_1")


def test_a_key_that_came_later_is_found(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    assert folder.find("key_1") is None
    KeyFolder(tmp_path).create("key_1")
    assert folder.find("key_1") is not None and folder.kids() == ["key_1"]
