"""How pages call services: one request message in, its answer out, with the caller's token, the trace and a deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message

from chassis.telemetry import tracing
from gateway.channels import FACTS_BEHIND, Channels, Metadata
from gateway.contracts import Method, UndefinedMethod, method_for
from gateway.errors import ApiError

Answer = TypeVar("Answer", bound=Message)
Renew = Callable[[str], Awaitable[str]]
CALL_SECONDS = 5.0
ANSWERS = frozenset({"SESSION_ENDED", "SIGN_IN_FAILED", "CLIENT_REFUSED"})  # 401 about what was asked, not about the token


class Api:
    """The services as one caller sees them: `await api.call(GetRegistrationRequest(id=…), Registration)`.

    `renew` gets a token that a service refused and gives another one, or raises; sessions have it, bearers have not.
    """

    def __init__(self, channels: Channels, token: str = "", renew: Renew | None = None) -> None:
        self._channels, self._token, self._renew = channels, token, renew

    async def call(self, request: Message, answer: type[Answer], *, deadline: float = CALL_SECONDS) -> Answer:
        """Send the request to the RPC that takes it; `deadline` in seconds.

        Errors: ApiError as the service refused; UndefinedMethod where no RPC takes this request or gives that answer.
        """
        method = method_for(request)
        if method.answer is not answer:
            raise UndefinedMethod(f"{method.path} answers {method.answer.DESCRIPTOR.full_name}")
        found = await self.send(method, request, deadline=deadline)
        assert isinstance(found, answer)
        return found

    async def send(self, method: Method, request: Message, *, deadline: float) -> Message:
        """The same for a method known by its descriptor alone."""
        try:
            return await self._sent(method, request, deadline)
        except ApiError as error:
            if self._renew is None or not _refuses_token(error):
                raise
            self._token = await self._renew(self._token)
        try:
            return await self._sent(method, request, deadline)
        except ApiError as error:
            if not _refuses_token(error):
                raise
            # Identity has just vouched for her: to sign in again would lead back here, and so round in circles.
            raise ApiError(503, FACTS_BEHIND, "This service is catching up with your access", retry_after=1) from error

    async def _sent(self, method: Method, request: Message, deadline: float) -> Message:
        service, who = method.target(request), metadata(self._token)
        return await self._channels.call(service, method, request, metadata=who, deadline=deadline)


def _refuses_token(error: ApiError) -> bool:
    """Whether it is about the token and not about what was asked."""
    return error.status == 401 and error.reason not in ANSWERS


def metadata(token: str) -> Metadata:
    """What goes along with every call of a caller: the token, and the trace it belongs to."""
    who = (("authorization", f"Bearer {token}"),) if token else ()
    running = tracing.traceparent()
    return (*who, ("traceparent", running)) if running else who
