"""Form tokens: nobody else's page can make a browser change something here.

A token is an HMAC over what the browser holds in an HttpOnly cookie: the session's secret, or a visitor's seed. It starts
with a nonce, so that it differs in every page and cannot be guessed from the length of compressed answers. Origin and
Sec-Fetch-Site are looked at first; a token alone would not stop a sibling host that can set cookies.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from starlette.requests import Request

from gateway.errors import ApiError

FIELD, HEADER = "csrf", "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NONCE = 8
_REFUSED = "This form is too old or came from another site. Load the page again and repeat."


class FormTokens:
    """Makes and checks form tokens with a key that all gateways of an installation share."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"prm gateway form tokens" + (key or secrets.token_bytes(32))).digest()

    def make(self, binding: str) -> str:
        """A token for whoever holds `binding` in a cookie."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._mac(nonce, binding)).decode()

    def good(self, token: str, binding: str) -> bool:
        """Whether the token was made for this binding."""
        if not binding or not token.isascii():
            return False
        try:
            raw = base64.urlsafe_b64decode(token)
        except ValueError:
            return False
        return hmac.compare_digest(raw[_NONCE:], self._mac(raw[:_NONCE], binding))

    def _mac(self, nonce: bytes, binding: str) -> bytes:
        return hmac.digest(self._key, nonce + binding.encode(), "sha256")


def csrf_token(request: Request) -> str:
    """The token for the forms of this page."""
    token: str = request.state.visit.form_token()
    return token


def check_origin(request: Request, origin: str) -> None:
    """Raises 403 when the browser says that another site sent this. `origin` is ours, lower case."""
    site = request.headers.get("sec-fetch-site", "")
    sent = request.headers.get("origin", "").lower()
    if site not in ("", "same-origin", "none") or sent not in ("", origin):
        raise ApiError(403, "CROSS_SITE", "This came from another site.")


async def sent_token(request: Request) -> str:
    """The token of the header or the form; empty when neither has one. The form stays readable for the page."""
    if HEADER in request.headers:
        return request.headers[HEADER]
    value = (await request.form(max_files=4, max_fields=500)).get(FIELD, "")
    return value if isinstance(value, str) else ""


async def check_token(request: Request, tokens: FormTokens, binding: str) -> None:
    """Raises 403 when a request that changes something has no good token."""
    if not tokens.good(await sent_token(request), binding):
        raise ApiError(403, "CSRF", _REFUSED)
