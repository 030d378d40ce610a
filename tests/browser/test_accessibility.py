"""axe without findings on every page, in both themes and at both widths; nothing wider than the window at 320 px."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.portal.stage import PATHS, address

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WIDE, PHONE, SMALL = {"width": 1440, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 700}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One window for all pages: a browser needs longer to open one than axe to read it."""
    page = browser.new_page()
    yield page
    page.close()


def findings(page: Page) -> list[str]:
    """What axe has to say, one line each."""
    page.evaluate(AXE.read_text())  # not a script tag: the page's own policy refuses foreign scripts, as it should
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", TAGS)
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing(window: Page, stage: str, name: str, size: dict[str, int], theme: str) -> None:
    window.set_viewport_size({"width": size["width"], "height": size["height"]})
    window.goto(f"{stage}{address(name)}&theme={theme}&language=en")
    assert findings(window) == []


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", PATHS)
def test_fits_320_pixels(window: Page, stage: str, name: str, language: str) -> None:
    window.set_viewport_size({"width": SMALL["width"], "height": SMALL["height"]})
    window.goto(f"{stage}{address(name)}&language={language}")
    assert window.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
