"""Servicers over the real contracts and real gRPC, just large enough to see what the gateway sends and how it takes answers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from prm.deals.v1 import registrations_pb2, registrations_pb2_grpc
from prm.events.v1 import events_pb2, events_pb2_grpc
from prm.identity.v1 import access_pb2, access_pb2_grpc, people_pb2, people_pb2_grpc
from prm.notify.v1 import notifications_pb2, notifications_pb2_grpc

from chassis.errors import DomainError, EtagMismatch, NotFound, ResourceExhausted, Unauthenticated
from chassis.rpc.statuses import status_of
from chassis.rpc.validation import validate

PASSWORD = "correct horse battery staple"
PERSON = "per_01JZ5T0B3C8E7G6H9K2M4N5PQR"


class Part:
    """One service on a port of its own, which can go away and come back there."""

    def __init__(self, name: str, port: int, add: Callable[[grpc.Server, Part], None]) -> None:
        self.name, self.port, self._add = name, port, add
        self.calls: list[tuple[str, Any, dict[str, str]]] = []
        self.replies: dict[str, Any] = {}
        self._server: grpc.Server | None = None

    def start(self) -> None:
        self._server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
        self._add(self._server, self)
        assert self._server.add_insecure_port(f"127.0.0.1:{self.port}") == self.port
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(0).wait(5)
            self._server = None

    def answer(self, name: str, request: Any, context: grpc.ServicerContext, default: Any) -> Any:
        """Note the call, validate as the chassis does, then answer with what the test put in `replies`."""
        self.calls.append((name, request, {key: str(value) for key, value in context.invocation_metadata()}))
        reply = self.replies.get(name, default)
        try:
            validate(request)
            found = reply(request) if callable(reply) else reply
            if isinstance(found, DomainError):
                raise found
            return found
        except DomainError as error:
            context.abort_with_status(status_of(error, self.name))

    def last(self, name: str) -> tuple[Any, dict[str, str]]:
        return next((request, metadata) for called, request, metadata in reversed(self.calls) if called == name)

    def count(self, name: str) -> int:
        return sum(called == name for called, _, _ in self.calls)


class Identity:
    """Sessions and tokens; a person whose token life the test chooses."""

    def __init__(self, port: int) -> None:
        self.part = Part("identity", port, self._add)
        self.sessions: set[str] = set()
        self.good_tokens: set[str] = set()
        self.token_seconds = 300.0
        self.part.replies |= {
            "SignIn": self.sign_in,
            "ExchangeSession": self.exchange,
            "SignOut": self.sign_out,
            "Issue": self.issue,
            "GetMe": people_pb2.Me(
                person=people_pb2.Person(id=PERSON, name="Kim Berg", email="kim@brightway.example", language="de", theme="dark"),
                organization_id="org_b",
                organization_name="Brightway IT",
                kind="partner",
                permissions=["registration.read", "registration.create"],
                roles=["partner_sales"],
            ),
            "GetKeys": access_pb2.GetKeysResponse(
                keys=[access_pb2.GetKeysResponse.Key(kty="OKP", crv="Ed25519", x="abc", kid="k1", alg="Ed25519", use="sig")]
            ),
        }

    def _add(self, server: grpc.Server, part: Part) -> None:
        access_pb2_grpc.add_SessionsServicer_to_server(servicer(access_pb2_grpc.SessionsServicer, part), server)
        access_pb2_grpc.add_TokensServicer_to_server(servicer(access_pb2_grpc.TokensServicer, part), server)
        people_pb2_grpc.add_PeopleServicer_to_server(servicer(people_pb2_grpc.PeopleServicer, part), server)

    def _token(self) -> tuple[str, datetime]:
        token = f"token-{secrets.token_hex(8)}"
        self.good_tokens.add(token)
        return token, datetime.now(UTC) + timedelta(seconds=self.token_seconds)

    def sign_in(self, request: access_pb2.SignInRequest) -> Any:
        if request.password == "too often":
            return ResourceExhausted("Locked", reason="SIGN_IN_LOCKED", retry_after=timedelta(seconds=61.5))
        if request.password != PASSWORD:
            return Unauthenticated("E-mail or password is wrong", reason="SIGN_IN_FAILED")
        secret = secrets.token_urlsafe(32)
        self.sessions.add(secret)
        token, ends = self._token()
        answer = access_pb2.SignInResponse(session_secret=secret, access_token=token, person_id=PERSON)
        answer.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=12))
        answer.access_token_expire_time.FromDatetime(ends)
        return answer

    def exchange(self, request: access_pb2.ExchangeSessionRequest) -> Any:
        if request.session_secret not in self.sessions:
            return Unauthenticated("The session ended", reason="SESSION_ENDED")
        token, ends = self._token()
        answer = access_pb2.ExchangeSessionResponse(access_token=token, session_id="ses_1", person_id=PERSON)
        answer.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=12))
        answer.access_token_expire_time.FromDatetime(ends)
        return answer

    def sign_out(self, request: access_pb2.SignOutRequest) -> Any:
        self.sessions.discard(request.session_secret)
        return access_pb2.SignOutResponse()

    def issue(self, request: access_pb2.IssueRequest) -> Any:
        if request.client_secret != "portal-secret":
            return Unauthenticated("Refused", reason="CLIENT_REFUSED")
        return access_pb2.IssueResponse(access_token="portal-token", token_type="Bearer", expires_in=300)


class Deals:
    """Registrations with an etag, and an event log to follow."""

    def __init__(self, port: int) -> None:
        self.part = Part("deals", port, self._add)
        self.events: list[events_pb2.Event] = []
        self.watching: set[object] = set()
        self.part.replies |= {"GetRegistration": self.get, "SubmitRegistration": self.submit}

    def _add(self, server: grpc.Server, part: Part) -> None:
        registrations_pb2_grpc.add_RegistrationsServicer_to_server(servicer(registrations_pb2_grpc.RegistrationsServicer, part), server)
        events_pb2_grpc.add_EventsServicer_to_server(servicer(events_pb2_grpc.EventsServicer, part, WatchEvents=self.watch), server)

    def get(self, request: registrations_pb2.GetRegistrationRequest) -> Any:
        if request.id == "reg_gone":
            return NotFound("There is no such registration")
        return registrations_pb2.Registration(id=request.id, etag='"7"', margin_percent=0, masked_fields=["margin_percent"])

    def submit(self, request: registrations_pb2.SubmitRegistrationRequest) -> Any:
        if request.etag not in ("", '"7"'):
            return EtagMismatch("It changed since you read it")
        return registrations_pb2.Registration(id=request.id, etag='"8"', status=registrations_pb2.Registration.SUBMITTED)

    def watch(self, request: events_pb2.WatchEventsRequest, context: grpc.ServicerContext) -> Iterator[events_pb2.WatchEventsResponse]:
        self.part.calls.append(("WatchEvents", request, {}))
        sent = request.after
        self.watching.add(context)
        context.add_callback(lambda: self.watching.discard(context))
        while context.is_active():
            for event in [event for event in self.events if event.position > sent]:
                sent = event.position
                yield events_pb2.WatchEventsResponse(event=event)
            time.sleep(0.02)


class Notify:
    """One stream of everybody's notifications."""

    def __init__(self, port: int) -> None:
        self.part = Part("notify", port, self._add)
        self.news: list[notifications_pb2.WatchNotificationsResponse] = []
        self.streams = 0

    def _add(self, server: grpc.Server, part: Part) -> None:
        made = servicer(notifications_pb2_grpc.NotificationsServicer, part, WatchNotifications=self.watch)
        notifications_pb2_grpc.add_NotificationsServicer_to_server(made, server)

    def tell(self, person_id: str, text: str) -> None:
        notification = notifications_pb2.Notification(id=f"ntf_{len(self.news)}", person_id=person_id, text=text)
        self.news.append(notifications_pb2.WatchNotificationsResponse(position=len(self.news) + 1, notification=notification))

    def watch(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self.part.calls.append(("WatchNotifications", request, {key: str(value) for key, value in context.invocation_metadata()}))
        self.streams += 1
        sent = request.after
        if not request.HasField("after"):
            sent = len(self.news)
            yield notifications_pb2.WatchNotificationsResponse(position=sent)
        while context.is_active():
            for item in [item for item in self.news if item.position > sent]:
                sent = item.position
                yield item
            time.sleep(0.02)


def servicer(base: type, part: Part, **special: Any) -> Any:
    """A servicer all of whose methods note the call and answer what the test wants."""

    def method(name: str) -> Callable[..., Any]:
        return lambda _self, request, context: part.answer(name, request, context, NotFound("The test gave no answer"))

    names = [name for name in vars(base) if name[0].isupper()]
    streams = {name: (lambda _self, request, context, watch=watch: watch(request, context)) for name, watch in special.items()}
    return type(base.__name__, (base,), {name: method(name) for name in names} | streams)()
