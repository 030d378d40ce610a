"""The row of a cluster says why it cannot run, and is never passed over in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bus import cluster as bus
from tests.faults.cluster import cluster
from tests.faults.lab import Lab, Wishes
from tests.faults.report import Skipped


def test_without_root_it_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Skipped, match="root"):
        list(cluster(Lab(tmp_path, Wishes())))


def test_without_namespaces_it_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_words: str) -> None:
        raise FileNotFoundError("ip")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bus, "_ip", refused)
    with pytest.raises(Skipped, match="no network namespaces here: ip"):
        list(cluster(Lab(tmp_path, Wishes())))
