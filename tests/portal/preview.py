"""Look at the pages without a stack: `python -m tests.portal.preview` serves them, `… shots DIR [page…]` takes pictures.

Pages: `/<page>?language=de&theme=dark`. Samples are invented; forms lead nowhere.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from starlette.applications import Starlette

from gateway.portal.environment import DIST, render
from gateway.portal.words import reading
from tests.portal import samples
from tests.portal.pages import PAGES

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
SIZES = {
    "wide": (1440, 900),
    "rail": (1180, 820),
    "phone": (390, 844),
    "small": (320, 700),
}


def page(name: str, language: str = "en", theme: str = "light") -> str:
    """The HTML of a sample page."""
    who = samples.reader(language)
    with reading(who):
        template, values = PAGES[name](theme)  # type: ignore[arg-type]
    return render(template, who, values)


def app() -> Starlette:
    """A server of sample pages under the portal's own content security policy."""
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    def show(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in PAGES:
            return HTMLResponse("".join(f'<p><a href="/{one}">{one}</a>' for one in PAGES))
        body = page(
            name,
            request.query_params.get("language", "en"),
            request.query_params.get("theme", "light"),
        )
        return HTMLResponse(body, headers={"Content-Security-Policy": POLICY})

    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=DIST)),
            Route("/{name:path}", show),
        ]
    )


def shots(folder: Path, names: list[str]) -> None:
    """Pictures of pages: `page`, `page@language`, `page@language@theme@size`, comma-separated alternatives allowed."""
    from playwright.sync_api import sync_playwright

    address = os.environ.get("PRM_PREVIEW", "http://127.0.0.1:45001")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for wanted in names:
            name, language, theme, size = (wanted.split("@") + ["", "", ""])[:4]
            width, height = SIZES[size or "wide"]
            view = browser.new_page(viewport={"width": width, "height": height})
            view.on("console", lambda message: print("console:", message.text))
            view.on("pageerror", lambda error: print("error:", error))
            view.goto(f"{address}/{name}?language={language or 'en'}&theme={theme or 'light'}")
            view.wait_for_timeout(150)
            overflow = view.evaluate("document.documentElement.scrollWidth - innerWidth")
            if overflow > 0:
                print(f"{wanted}: {overflow} px too wide")
            view.screenshot(path=str(folder / f"{wanted}.png"), full_page=True)
            view.close()
        browser.close()


def main() -> None:
    """Serve, or take pictures."""
    if sys.argv[1:2] == ["shots"]:
        shots(Path(sys.argv[2]), sys.argv[3:] or list(PAGES))
        return
    import uvicorn

    uvicorn.run(
        app(),
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "45001")),
        log_level="warning",
    )


if __name__ == "__main__":
    main()
