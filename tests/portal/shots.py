"""Pictures of pages, served by the stage and the preview: `python -m tests.portal.shots DIR page[@language[@theme[@size]]]…`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.portal import stage

SIZES = {"wide": (1440, 900), "rail": (1180, 820), "phone": (390, 844), "small": (320, 700)}
CHROMIUM = os.environ.get("PRM_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
STAGE, PREVIEW = os.environ.get("PRM_STAGE", "http://127.0.0.1:45002"), os.environ.get("PRM_PREVIEW", "http://127.0.0.1:45001")


def shot(browser: Browser, folder: Path, wanted: str) -> None:
    """One picture of the whole page; says when something is wider than the window or the console complains."""
    name, language, theme, size = (wanted.split("@") + ["", "", ""])[:4]
    width, height = SIZES[size or "wide"]
    view = browser.new_page(viewport={"width": width, "height": height})
    view.on("console", lambda message: print(f"{wanted}: {message.text}"))
    view.on("pageerror", lambda error: print(f"{wanted}: {error}"))
    address = f"{STAGE}{stage.address(name)}&" if name in stage.PATHS else f"{PREVIEW}/{name}?"
    view.goto(f"{address}language={language or 'en'}&theme={theme or 'light'}")
    view.wait_for_timeout(150)
    if (beyond := view.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        print(f"{wanted}: {beyond} px too wide")
    view.screenshot(path=str(folder / f"{wanted}.png"), full_page=True)
    view.close()


def main() -> None:
    """Take the pictures named on the command line, all of the stage without names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for wanted in sys.argv[2:] or stage.PATHS:
            shot(browser, folder, wanted)
        browser.close()


if __name__ == "__main__":
    main()
