"""One request of a browser: its cookies, who it is, its form tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from chassis.clock import Clock
from gateway.api import Api
from gateway.channels import Channels
from gateway.errors import ApiError
from gateway.sessions.cookies import Cookies
from gateway.sessions.csrf import FormTokens
from gateway.sessions.exchange import Exchange
from gateway.sessions.limits import Limits
from gateway.sessions.session import Session


@dataclass(frozen=True)
class Door:
    """What the portal needs to let people in. One a process; `origin` is ours as browsers send it."""

    channels: Channels
    exchange: Exchange
    cookies: Cookies
    tokens: FormTokens
    limits: Limits
    clock: Clock
    origin: str


@dataclass
class Visit:
    """A request of a browser as the guard sees it."""

    door: Door
    secret: str
    seed: str
    session: Session | None = None
    api: Api | None = None
    away: ApiError | None = None
    new_seed: bool = field(default=False)

    @property
    def binding(self) -> str:
        """What form tokens of this visitor are bound to; empty when she has nothing yet."""
        return self.secret if self.session is not None else self.seed

    def form_token(self) -> str:
        """A token for a form of the page being made; gives the visitor a seed if she has none."""
        if not self.binding:
            self.seed, self.new_seed = secrets.token_urlsafe(24), True
        return self.door.tokens.make(self.binding)

    def leave(self, response: Response) -> None:
        """Set or clear the cookies that this visit changed, unless the page did so itself."""
        if self.new_seed:
            self.door.cookies.set(response, self.door.cookies.seed, self.seed)
        elif self.secret and self.session is None and self.away is None and not _sets(response, self.door.cookies.session):
            self.door.cookies.clear(response, self.door.cookies.session)


async def visit(request: Request, door: Door) -> Visit:
    """Find out who sent the request. Nobody is no error; `away` says that identity could not tell."""
    found = Visit(door, door.cookies.secret(request), door.cookies.visitor(request))
    if not found.secret:
        found.api = Api(door.channels)
        return found
    try:
        active = await door.exchange.active(found.secret)
    except ApiError as error:
        found.api, found.away = Api(door.channels), error if error.away else None
        return found
    found.session = active.session
    found.api = Api(door.channels, active.token, lambda refused: door.exchange.renewed(found.secret, refused))
    return found


def _sets(response: Response, name: str) -> bool:
    return any(value.startswith(f"{name}=") for value in response.headers.getlist("set-cookie"))
