"""A message that survives one redirect: its key travels in a cookie, its words are made where it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable

from prm.deals.v1.registrations_pb2 import Registration
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


QUOTE = '"'  # etags are quoted (RFC 9110), cookies may not be
UNDOABLE = ("approved", "rejected", "sent_back")
_VALUE = re.compile(r"(\w+)(?:\|(reg_\w{1,40})\|([\w-]{1,40})\|([A-Z0-9-]{0,20}))?")


def leave(response: Response, key: str, deal: Registration | None = None) -> None:
    """Show this on the next page. With a deal, what was decided is named and can be undone from there."""
    value = f"{key}|{deal.id}|{deal.etag.strip(QUOTE)}|{deal.number}" if deal else key
    if key in TEXTS and _VALUE.fullmatch(value):
        response.set_cookie(COOKIE, value, max_age=SECONDS, httponly=True, samesite="lax")


def of(request: Request, reader: Reader) -> tuple[Toast, ...]:
    """What the page before left to say. A cookie can be written by anybody in front of the browser, so it is only a key."""
    found = _VALUE.fullmatch(request.cookies.get(COOKIE, ""))
    if found is None or found[1] not in TEXTS:
        return ()
    icon, words = TEXTS[found[1]]
    with reading(reader):
        if found[2] and found[1] in UNDOABLE:
            path = f"/deals/{found[2]}"
            undo, etag = f"{path}/retract", f"{QUOTE}{found[3]}{QUOTE}"
            return (Toast(icon, words(), found[4], path=path, action=_("Open deal"), undo=undo, etag=etag),)
        return (Toast(icon, words()),)


def clear(request: Request, response: Response) -> None:
    """It has been said."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
