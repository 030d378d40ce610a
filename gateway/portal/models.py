"""Small view models that several pages share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gateway.portal.forms import new_request_id

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Door:
    """What surrounds a page before one is signed in."""

    vendor: str
    csrf: str
    path: str
    theme: Theme = "system"


@dataclass(frozen=True, slots=True)
class Away:
    """A part that could not be asked: what to say, when it last answered, where to try again."""

    title: str
    path: str
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message that also stands elsewhere: on the page it leads to, and in Notifications."""

    icon: str
    title: str
    text: str = ""
    path: str = ""
    action: str = ""
    undo: str = ""
    etag: str = ""
    request_id: str = field(default_factory=new_request_id)


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view with its count; the count is None when it was not asked for."""

    name: str
    path: str
    count: str = ""
    here: bool = False
