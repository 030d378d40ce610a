"""Ask several services at once; one that is away costs its own panel only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from gateway.deadlines import until
from gateway.errors import ApiError

Found = TypeVar("Found")
Panels = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A panel whose service could not answer. `since` is its last answer to this process, None if it never gave one."""

    service: str
    since: datetime | None
    error: ApiError


@dataclass(frozen=True, slots=True)
class Refused:
    """A panel that the caller may not see, or whose object is not there; the error says which."""

    error: ApiError


async def compose(deadline: float, **calls: Awaitable[Any]) -> Panels:
    """Wait for all calls, `deadline` seconds at most; -> name → answer, `Unavailable` or `Refused`.

    401 is raised, since then no panel is worth anything; anything but an ApiError is a defect and raised.
    """
    with until(deadline):
        results = await asyncio.gather(*(_panel(call) for call in calls.values()), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return dict(zip(calls, results, strict=True))


def need(panel: Found | Unavailable | Refused) -> Found:
    """The answer a page cannot do without. Raises the ApiError behind a panel that has none."""
    if isinstance(panel, Unavailable | Refused):
        raise panel.error
    return panel


def permitted(panel: Found | Unavailable | Refused) -> Found | Unavailable:
    """The panel that a page is about: a service that is away costs the panel, but whoever may not see it gets no empty page.

    Raises the ApiError of a refusal.
    """
    if isinstance(panel, Refused):
        raise panel.error
    return panel


async def _panel(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except ApiError as error:
        if error.status == 401:
            raise
        return Unavailable(error.service, error.since, error) if error.away else Refused(error)
