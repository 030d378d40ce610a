"""Look at single states of pages: `python -m tests.portal.preview` serves them.

Pages: `/<page>?language=de&theme=dark`. Samples are invented; forms lead nowhere.
"""

from __future__ import annotations

import os

from starlette.applications import Starlette

from gateway.portal.environment import DIST, render
from gateway.portal.words import reading
from tests.portal import samples
from tests.portal.pages import PAGES

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"


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


def main() -> None:
    """Serve, or take pictures."""
    import uvicorn

    uvicorn.run(
        app(),
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "45001")),
        log_level="warning",
    )


if __name__ == "__main__":
    main()
