"""The cookies: one that stands for the session, one that binds the forms of a visitor who has none yet.

Over https they are `__Host-` and Secure, so no other host and no unencrypted page can set or read them. Over http, which
settings allow on this machine only, they have neither: curl and test clients would not send a Secure cookie there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

_SECRET = re.compile(r"[A-Za-z0-9_.~-]{10,200}")


@dataclass(frozen=True)
class Cookies:
    """Names and flags of this installation's cookies."""

    https: bool

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return "__Host-prm_session" if self.https else "prm_session"

    @property
    def seed(self) -> str:
        """The name of the cookie that form tokens of visitors are bound to."""
        return "__Host-prm_seed" if self.https else "prm_seed"

    def secret(self, request: Request) -> str:
        """The session's secret as the browser sent it; empty when there is none or it cannot be one."""
        return self._read(request, self.session)

    def visitor(self, request: Request) -> str:
        """The visitor's seed, or empty."""
        return self._read(request, self.seed)

    def set(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Set a cookie for so many seconds, or for as long as the browser runs."""
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.https, httponly=True, samesite="lax")

    def clear(self, response: Response, name: str) -> None:
        """Let the browser forget a cookie."""
        response.delete_cookie(name, path="/", secure=self.https, httponly=True, samesite="lax")

    def _read(self, request: Request, name: str) -> str:
        value = request.cookies.get(name, "")
        return value if _SECRET.fullmatch(value) else ""


@dataclass(frozen=True)
class SignedIn:
    """A session that has just begun; `attach` it to the answer."""

    cookies: Cookies
    secret: str
    expire_time: datetime
    now: datetime

    def attach(self, response: Response) -> None:
        """Set the session's cookie. The visitor's seed goes: form tokens are bound to the session from here."""
        seconds = max(int((self.expire_time - self.now).total_seconds()), 0)
        self.cookies.set(response, self.cookies.session, self.secret, seconds)
        self.cookies.clear(response, self.cookies.seed)
