"""Static files, whose names carry a hash of their content and so may be kept for ever."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOR_EVER = "public, max-age=31536000, immutable"


class Immutable(StaticFiles):
    """StaticFiles that says so."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: MutableMapping[str, Any], status_code: int = 200
    ) -> Response:
        """The file, to be kept."""
        scope["route_template"] = "/static/?"
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = FOR_EVER
        return response
