"""`./prm bench` works: a figure in its short form, in a data folder of its own. How fast anything is, is not asked here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.layout import ROOT, known
from deploy.local.strays import strays


@pytest.mark.timeout(120)
def test_a_figure_is_measured_and_nothing_is_left_running(tmp_path: Path) -> None:
    data, result = tmp_path / "data", tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "page", "--short", "--json", result],
        cwd=ROOT,
        env={**os.environ, "PRM_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.exists(), done.stdout + done.stderr
    found = json.loads(result.read_text())
    assert done.returncode == (0 if found["met"] else 1)
    assert found["short"] is True
    pages = [line for line in found["lines"] if line["base"] is not None]
    assert len(pages) == 11
    assert all(line["measured"] > 0 and line["base"] > 0 and line["ratio"] > 0 for line in pages), pages
    assert "page of 50, all, p50" in done.stdout
    assert strays(known(data / "bench" / "lab-short")) == []


def test_an_unknown_figure_is_refused() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bench", "pge"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no figure pge" in done.stderr
