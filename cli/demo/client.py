"""A plain client of the public API: stock grpc channels, tokens from signing in, a deadline on every call."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from prm.content.v1 import documents_pb2_grpc
from prm.deals.v1 import programme_pb2_grpc, registrations_pb2_grpc
from prm.identity.v1 import access_pb2, access_pb2_grpc, organizations_pb2_grpc, people_pb2_grpc
from prm.mdf.v1 import budgets_pb2_grpc
from prm.notify.v1 import notifications_pb2_grpc
from prm.training.v1 import courses_pb2_grpc

A = TypeVar("A", bound=Message)
DEADLINE_SECONDS = 15
PATIENCE_SECONDS = 30


class Api:
    """Calls in the name of demo people. Tokens are renewed by signing in again when the shifted clock has passed them."""

    def __init__(self, targets: dict[str, str], now: Callable[[], datetime]) -> None:
        self._now = now
        channel = {name: grpc.insecure_channel(target) for name, target in targets.items()}
        self.sessions = access_pb2_grpc.SessionsStub(channel["identity"])
        self.organizations = organizations_pb2_grpc.OrganizationsStub(channel["identity"])
        self.people = people_pb2_grpc.PeopleStub(channel["identity"])
        self.registrations = registrations_pb2_grpc.RegistrationsStub(channel["deals"])
        self.programme = programme_pb2_grpc.ProgrammeStub(channel["deals"])
        self.budgets = budgets_pb2_grpc.BudgetsStub(channel["mdf"])
        self.documents = documents_pb2_grpc.DocumentsStub(channel["content"])
        self.notifications = notifications_pb2_grpc.NotificationsStub(channel["notify"])
        self.courses = courses_pb2_grpc.CoursesStub(channel["training"])
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._passwords: dict[str, str] = {}

    def knows(self, email: str, password: str) -> None:
        """Remember how somebody signs in."""
        self._passwords[email] = password

    def call(self, email: str, method: Callable[..., A], request: Message) -> A:
        """One call as this person, repeated while the suite says that a right or a service is on its way.

        Each call is one of its own: a request without an id gets one in a copy, so that it may be sent again.
        """
        request = _identified(request)
        try:
            return self._as(email, method, request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
                raise
        self._tokens.pop(email)  # issued before the clock moved, by a process that had not seen it yet
        return self._as(email, method, request)

    def _as(self, email: str, method: Callable[..., A], request: Message) -> A:
        return patiently(lambda: method(request, timeout=DEADLINE_SECONDS, metadata=self.metadata(email)))

    def public(self, method: Callable[..., A], request: Message) -> A:
        """One call that needs no token."""
        request.request_id = f"demo-{uuid.uuid4()}"  # type: ignore[attr-defined]  # public mutations have one
        return patiently(lambda: method(request, timeout=DEADLINE_SECONDS))

    def metadata(self, email: str) -> tuple[tuple[str, str], ...]:
        """The authorization of this person, good for half a minute at least."""
        token, until = self._tokens.get(email, ("", self._now()))
        if not timedelta(seconds=30) < until - self._now() < timedelta(hours=1):  # the clock may have moved either way
            token = self._sign_in(email)
        return (("authorization", f"Bearer {token}"),)

    def _sign_in(self, email: str) -> str:
        request = access_pb2.SignInRequest(email=email, password=self._passwords[email], user_agent="demo loader")
        answer = self.public(self.sessions.SignIn, request)
        until = answer.access_token_expire_time.ToDatetime(tzinfo=self._now().tzinfo)
        self._tokens[email] = (answer.access_token, until)
        return answer.access_token


def _identified(request: Message) -> Message:
    if "request_id" not in request.DESCRIPTOR.fields_by_name or request.request_id:  # type: ignore[attr-defined]  # just looked up
        return request
    copy = type(request)()
    copy.CopyFrom(request)
    copy.request_id = f"demo-{uuid.uuid4()}"  # type: ignore[attr-defined]
    return copy


def patiently(attempt: Callable[[], A]) -> A:
    """Repeat what answers UNAVAILABLE, or refuses a right that is still on its way, for half a minute at most."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or time.monotonic() > until:
                raise
        time.sleep(0.2)


def eventually(look: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until `look` answers something true. Raises TimeoutError naming what did not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
