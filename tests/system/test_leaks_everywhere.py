"""The leak matrix over what test_leaks.py does not ask: every RPC at the door, every service's feed, streams, the portal's pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from prm.events.v1 import events_pb2, events_pb2_grpc
from prm.identity.v1 import people_pb2
from prm.notify.v1 import notifications_pb2, notifications_pb2_grpc

from chassis.settings import SERVICES
from gateway.contracts import Method, methods
from gateway.portal.routes import routes
from gateway.transcoding.openapi.examples import example
from tests.system import test_leaks
from tests.system.test_attack_sessions import session
from tests.system.test_leaks import Row, everybody, invoke, permissions, sees
from tests.system.world import PEOPLE, World

pytestmark = pytest.mark.timeout(600)
rows = test_leaks.rows
HIDDEN = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND)
HOSTS = {"registration": "deals", "budget": "mdf", "organization": "identity", "person": "identity"}
VISITORS = ("sales", "marketing", "sibling_admin", "distributor", "stranger_admin", "manager")
PAGES = [route.path for route in routes if "GET" in (route.methods or ()) and "{" not in route.path]


def request_of(method: Method) -> Message:
    """One that passes validation: authorisation has to answer, not the rules about fields."""
    made = method.request()
    json_format.ParseDict(example(method.sent), made, ignore_unknown_fields=True)
    for name in ("page_token", "filter", "order_by", "user_agent"):
        if name in method.sent.fields_by_name:
            made.ClearField(name)
    if "service" in method.sent.fields_by_name:
        made.service = "deals"  # type: ignore[attr-defined]
    return made


def code_of(world: World, key: str, method: Method, host: str, request: Message) -> grpc.StatusCode:
    channel = test_leaks.channel_to(world, host)
    metadata = world.metadata(key)
    if "request_id" in method.sent.fields_by_name:
        request.request_id = f"door-{key}-{abs(hash(method.path))}"  # type: ignore[attr-defined]
    try:
        if method.streams:
            stream: Any = channel.unary_stream(method.path, method.request.SerializeToString, method.answer.FromString)
            next(stream(request, timeout=5, metadata=metadata), None)
        else:
            channel.unary_unary(method.path, method.request.SerializeToString, method.answer.FromString)(
                request, timeout=10, metadata=metadata
            )
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def asks_why(method: Method) -> bool:
    """Everybody may about herself, without any role; tests/integration/rpc/test_decisions.py asks about others."""
    return (method.access.resource, method.access.action) == ("decision", "explain")


def may(key: str, method: Method) -> bool:
    return asks_why(method) or bool(permissions(key).get(method.access.resource, {}).get(method.access.action))


def test_what_no_role_of_hers_allows_is_refused_at_the_door(world: World) -> None:
    """Every RPC of every service, streams among them, by everybody whose role has no such action; a service account too."""
    wrong, asked = [], Counter[str]()
    for method in (item for item in methods() if item.access.resource):
        request = request_of(method)
        for host in [method.host] if method.host else SERVICES:
            for key in (key for key in everybody() if not may(key, method)):
                code = code_of(world, key, method, host, request)
                asked[key] += 1
                if code not in HIDDEN:
                    wrong.append((method.path, host, key, code.name))
    assert not wrong, "\n".join(map(str, wrong))
    assert asked["integration"] > 30 and asked["sales"] > 30, "there is much that they may not do"


# Reading of these is open to every role; the matrix, and for drafts and tiers the services' own tests, say which rows are shown.
OPEN_TO_ALL = {"registration", "organization", "person", "event", "document", "course", "role", "programme_setting"}


def test_every_call_is_of_one_kind() -> None:
    """Each RPC is public, about oneself, or an action of a resource; of the last each is refused to somebody, or known to be open."""
    for method in methods():
        assert sum((method.access.public, method.access.self, bool(method.access.resource))) == 1, method.path
        if method.access.resource and not asks_why(method) and all(may(key, method) for key in everybody()):
            assert method.access.action in ("read", "download") and method.access.resource in OPEN_TO_ALL, method.path


def test_the_feed_of_every_service_shows_only_what_is_about_visible_objects(world: World, rows: list[Row]) -> None:
    wrong, shown = [], 0
    for key in everybody():
        for row in rows:
            answer = invoke(world, key, "/prm.events.v1.Events/ListEvents", host=HOSTS[row.resource], subject=f"{row.resource}/{row.id}")
            seen = not isinstance(answer, grpc.StatusCode) and bool(answer.events)
            shown += seen
            if seen and not sees(world, key, row):
                wrong.append((key, row.resource, row.company))
    assert not wrong, "\n".join(map(str, wrong))
    assert shown > len(rows), "the others see them"


def test_a_stream_shows_what_the_list_shows(world: World, rows: list[Row]) -> None:
    events = events_pb2_grpc.EventsStub(test_leaks.channel_to(world, "deals"))
    row = next(row for row in rows if row.resource == "registration" and row.company == "reseller")
    request = events_pb2.WatchEventsRequest(service="deals", subject=f"registration/{row.id}")
    for key in everybody():
        listed = invoke(world, key, "/prm.events.v1.Events/ListEvents", host="deals", subject=request.subject)
        wanted = [] if isinstance(listed, grpc.StatusCode) else [event.position for event in listed.events]
        assert sorted(followed(events, request, world, key)) == sorted(wanted), key


def followed(events: Any, request: Message, world: World, key: str) -> Iterator[int]:
    """Positions that come within a moment."""
    try:
        for message in events.WatchEvents(request, timeout=0.3, metadata=world.metadata(key)):
            yield message.event.position
    except grpc.RpcError as error:
        if error.code() not in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.PERMISSION_DENIED):
            raise


def test_the_audit_log_of_every_service_is_for_those_who_may_read_it(world: World, rows: list[Row]) -> None:
    for host in SERVICES:
        for key in everybody():
            answer = invoke(world, key, "/prm.audit.v1.Audit/ListAuditRecords", host=host, page_size=200)
            scopes = permissions(key).get("audit_record", {}).get("read", ())
            if not scopes:
                assert answer is grpc.StatusCode.PERMISSION_DENIED, (host, key)
            elif "all" not in scopes:
                assert {record.organization_id for record in answer.records} <= {world.organizations[PEOPLE[key][0]]}, (host, key)


def test_streams_without_a_token_are_refused(world: World) -> None:
    news: Any = notifications_pb2_grpc.NotificationsStub(test_leaks.channel_to(world, "notify"))
    streams: list[Any] = [lambda: news.WatchNotifications(notifications_pb2.WatchNotificationsRequest(), timeout=5)]
    for host in SERVICES:
        events: Any = events_pb2_grpc.EventsStub(test_leaks.channel_to(world, host))
        streams.append(lambda events=events, host=host: events.WatchEvents(events_pb2.WatchEventsRequest(service=host), timeout=5))
    for stream in streams:
        with pytest.raises(grpc.RpcError) as refused:
            next(stream())
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    with httpx.Client(base_url=world.suite.base_url, timeout=10) as nobody:
        assert nobody.get("/live", headers={"Accept": "text/event-stream"}).status_code == httpx.codes.UNAUTHORIZED


def test_names_are_all_that_anybody_learns_of_anybody(world: World) -> None:
    """BatchGetPeople is for whoever shows an id that she was shown: a name and a company, nothing else."""
    asked = people_pb2.BatchGetPeopleRequest(ids=[world.people["sales"], "per_none"])
    (card,) = world.call("stranger_admin", world.api.people.BatchGetPeople, asked).people
    assert {field.name for field, _ in card.ListFields()} <= {"id", "name", "organization_id"}


@pytest.mark.parametrize("who", VISITORS)
def test_no_page_shows_what_is_hidden(world: World, rows: list[Row], who: str) -> None:
    """Lists, searches and counts of the portal, and the pages of single objects: by id, name and address of what is hidden."""
    hidden = [row for row in rows if not sees(world, who, row)]
    marks = [mark for row in hidden if row.resource in ("registration", "budget", "person") for mark in marks_of(world, row)]
    with session(world, world.email(who)) as client:
        for path in PAGES:
            text = client.get(path, params={"q": "Werft"} if path == "/deals" else None).text
            assert not [mark for mark in marks if mark in text], path
        for row in (row for row in rows if row.resource == "registration"):
            for path in (
                route.path for route in routes if "GET" in (route.methods or ()) and route.path.startswith(("/deals/{id}", "/home/{id}"))
            ):
                answer = client.get(path.replace("{id}", row.id))
                if row in hidden:
                    assert answer.status_code in (403, 404) and f"Werft {row.owner}" not in answer.text, path
                elif path == "/deals/{id}":
                    assert answer.status_code == httpx.codes.OK


def marks_of(world: World, row: Row) -> list[str]:
    """What would betray an object on a page."""
    name = {"registration": f"Werft {row.owner} AG", "person": world.email(row.owner) if row.resource == "person" else ""}.get(row.resource)
    return [row.id, *([name] if name else [])]
