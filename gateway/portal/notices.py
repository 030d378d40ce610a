"""A message that survives one redirect: its key travels in a cookie, its words are made where it is shown."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.portal.models import Toast
from gateway.portal.words import Reader, _, reading

COOKIE = "prm_notice"
SECONDS = 60

TEXTS: dict[str, tuple[str, Callable[[], str]]] = {
    "saved": ("cloud", lambda: _("Draft saved")),
    "submitted": ("answer", lambda: _("Sent. The conflict check runs, then somebody is asked to decide.")),
    "approved": ("shield", lambda: _("Approved")),
    "rejected": ("rejected", lambda: _("Rejected")),
    "sent_back": ("returned", lambda: _("Sent back")),
    "retracted": ("undo", lambda: _("Decision taken back")),
    "withdrawn": ("undo", lambda: _("Withdrawn")),
    "discarded": ("trash", lambda: _("Draft thrown away")),
    "invited": ("mail", lambda: _("Invitation sent")),
    "roles": ("key", lambda: _("Roles changed")),
    "deactivated": ("lock", lambda: _("Access closed")),
    "reactivated": ("check", lambda: _("Access open again")),
    "granted": ("key", lambda: _("Grant given")),
    "revoked": ("lock", lambda: _("Grant ended")),
    "preferences": ("check", lambda: _("Preferences saved")),
    "account": ("check", lambda: _("Saved")),
    "password": ("lock", lambda: _("Password changed. Other devices are signed out.")),
    "read": ("check", lambda: _("Marked as read")),
}


def leave(response: Response, key: str) -> None:
    """Show this on the next page."""
    if key in TEXTS:
        response.set_cookie(COOKIE, key, max_age=SECONDS, httponly=True, samesite="lax")


def of(request: Request, reader: Reader) -> tuple[Toast, ...]:
    """What the page before left to say."""
    found = TEXTS.get(request.cookies.get(COOKIE, ""))
    if found is None:
        return ()
    with reading(reader):
        return (Toast(found[0], found[1]()),)


def clear(request: Request, response: Response) -> None:
    """It has been said."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
