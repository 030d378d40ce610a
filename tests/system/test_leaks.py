"""The leak matrix: every person of the small programme against every object, over get, list, count, events, audit and REST.

What somebody may see is worked out here a second time, from the shipped roles and the tree alone, and compared with what
the suite shows. What is refused is refused everywhere, and a hidden object is not found rather than forbidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.api import annotations_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prm import options_pb2

from chassis.settings import SERVICES
from deploy.local.layout import ROOT
from services.identity.roles.shipped import SHIPPED
from tests.system.world import COMPANIES, PEOPLE, World, budget, submitted

pytestmark = pytest.mark.timeout(600)
HIDDEN = {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED}
STALE = '"999999"'


@dataclass(frozen=True)
class Row:
    """An object of the programme: whose it is, by the keys of the world."""

    resource: str
    id: str
    company: str
    owner: str
    get: str
    list: str


@pytest.fixture(scope="module")
def rows(world: World) -> list[Row]:
    """One of each owned resource, at several distances."""
    made = [
        Row("registration", submitted(world, seller, f"Werft {seller} AG").id, PEOPLE[seller][0], seller, *REGISTRATIONS)
        for seller in ("sales", "distributor_sales", "sibling_sales")
    ]
    made += [Row("budget", budget(world, company).id, company, "programme", *BUDGETS) for company in ("reseller", "stranger")]
    made += [Row("organization", world.organizations[key], key, "", *ORGANIZATIONS) for key in COMPANIES]
    made += [Row("person", world.people[key], PEOPLE[key][0], key, *PERSONS) for key in ("sales", "sibling_sales", "stranger_admin")]
    return made


REGISTRATIONS = ("/prm.deals.v1.Registrations/GetRegistration", "/prm.deals.v1.Registrations/ListRegistrations")
BUDGETS = ("/prm.mdf.v1.Budgets/GetBudget", "/prm.mdf.v1.Budgets/ListBudgets")
ORGANIZATIONS = ("/prm.identity.v1.Organizations/GetOrganization", "/prm.identity.v1.Organizations/ListOrganizations")
PERSONS = ("/prm.identity.v1.People/GetPerson", "/prm.identity.v1.People/ListPeople")


def methods() -> Iterator[MethodDescriptor]:
    for path in sorted(Path(ROOT / "protos").rglob("*.proto")):
        module = import_module(".".join(path.relative_to(ROOT / "protos").with_suffix("").parts) + "_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def access(method: MethodDescriptor) -> options_pb2.Access:
    return method.GetOptions().Extensions[options_pb2.access]


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


BY_PATH = {path_of(method): method for method in methods()}


def sees(world: World, key: str, row: Row) -> bool:
    """By the shipped roles and the tree."""
    if key == "integration":
        scopes = SHIPPED["integration"].permissions.get(row.resource, {}).get("read", ())
        return "all" in scopes
    company, role = PEOPLE[key]
    scopes = SHIPPED[role].permissions.get(row.resource, {}).get("read", ())
    above = row.resource == "organization" and scopes and row.company == "distributor" and company in ("reseller", "sibling")
    below = company == "distributor" and row.company in ("distributor", "reseller", "sibling")
    return (
        "all" in scopes
        or above  # her distributor is no secret to her
        or ("own" in scopes and row.owner == key)
        or (bool({"org", "subtree"} & set(scopes)) and row.company == company)
        or ("subtree" in scopes and (below or company == "vendor"))
        or ("assigned" in scopes and key == "manager" and row.company == "reseller")
    )


def invoke(world: World, key: str | None, path: str, **values: Any) -> Any:
    """Call a method by its path; -> the answer, or the error's code."""
    method = BY_PATH[path]
    service = path.split(".")[1]
    host = values.pop("host", service)
    channel = channel_to(world, host)
    request: Any = message_factory.GetMessageClass(method.input_type)(**values)
    if "request_id" in method.input_type.fields_by_name:
        request.request_id = f"leaks-{key}-{abs(hash((path, str(values))))}"
    answer = message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary(
        path, request_serializer=lambda message: message.SerializeToString(), response_deserializer=answer.FromString
    )
    try:
        return call(request, timeout=15, metadata=world.metadata(key) if key else ())
    except grpc.RpcError as error:
        return error.code()


CHANNELS: dict[str, grpc.Channel] = {}


def channel_to(world: World, service: str) -> grpc.Channel:
    target = world.suite.targets[service]
    return CHANNELS.setdefault(target, grpc.insecure_channel(target))


def everybody() -> list[str]:
    return [*PEOPLE, "integration"]


def test_get_and_list_show_exactly_what_the_roles_allow(world: World, rows: list[Row]) -> None:
    wrong = []
    for key in everybody():
        for row in rows:
            expected = sees(world, key, row)
            answer = invoke(world, key, row.get, id=row.id)
            shown = not isinstance(answer, grpc.StatusCode)
            if shown != expected or (not shown and answer not in HIDDEN):
                wrong.append((key, row.resource, row.company, "get", answer if not shown else "shown", expected))
            if listed(world, key, row) != expected:
                wrong.append((key, row.resource, row.company, "list", "", expected))
    assert not wrong, "\n".join(map(str, wrong))


def listed(world: World, key: str, row: Row) -> bool:
    """Whether it is in the list, all pages of it: other tests' objects stand there too."""
    token = ""
    while True:
        answer = invoke(world, key, row.list, page_size=200, page_token=token)
        if isinstance(answer, grpc.StatusCode):
            assert answer is grpc.StatusCode.PERMISSION_DENIED
            return False
        items: Any = next((value for field, value in answer.ListFields() if field.is_repeated), [])
        if row.id in {item.id for item in items}:
            return True
        token = answer.next_page_token
        if not token:
            return False


def test_the_count_counts_what_the_list_shows(world: World, rows: list[Row]) -> None:
    for key in everybody():
        found = invoke(world, key, REGISTRATIONS[1], page_size=200)
        counted = invoke(world, key, "/prm.deals.v1.Registrations/CountRegistrations")
        if isinstance(found, grpc.StatusCode):
            assert counted == found
        else:
            assert counted.count == min(len(found.registrations), 100), key


def test_the_event_feed_shows_only_what_is_about_visible_objects(world: World, rows: list[Row]) -> None:
    wrong: list[tuple[str, str, Any]] = []
    for key in everybody():
        for row in (row for row in rows if row.resource == "registration"):
            answer = invoke(world, key, "/prm.events.v1.Events/ListEvents", host="deals", subject=f"registration/{row.id}")
            shown = not isinstance(answer, grpc.StatusCode) and bool(answer.events)
            if shown and not sees(world, key, row):
                wrong.append((key, row.company, [event.type for event in answer.events]))
            if not shown and sees(world, key, row) and "event" in permissions(key):
                wrong.append((key, row.company, "missing"))
    assert not wrong, "\n".join(map(str, wrong))


def permissions(key: str) -> Any:
    return SHIPPED["integration" if key == "integration" else PEOPLE[key][1]].permissions


def test_the_audit_log_is_for_those_who_may_read_it(world: World, rows: list[Row]) -> None:
    for key in everybody():
        answer = invoke(world, key, "/prm.audit.v1.Audit/ListAuditRecords", host="deals", page_size=200)
        scopes = permissions(key).get("audit_record", {}).get("read", ())
        if not scopes:
            assert answer is grpc.StatusCode.PERMISSION_DENIED, key
        elif "all" not in scopes:
            own = world.organizations[PEOPLE[key][0]]
            assert {record.organization_id for record in answer.records} <= {own}, key


def test_a_masked_field_is_masked_everywhere(world: World, rows: list[Row]) -> None:
    row = next(row for row in rows if row.resource == "registration" and row.company == "reseller")
    for key in everybody():
        if not sees(world, key, row):
            continue
        reader = "registration.margin_percent" in SHIPPED["integration" if key == "integration" else PEOPLE[key][1]].readable_fields
        one = invoke(world, key, row.get, id=row.id)
        assert (one.margin_percent == 14.0) == reader, key
        assert ("margin_percent" in one.masked_fields) != reader, key
        for item in invoke(world, key, row.list, page_size=200).registrations:
            assert reader or item.margin_percent == 0.0, key
        feed = invoke(world, key, "/prm.events.v1.Events/ListEvents", host="deals", subject=f"registration/{row.id}")
        for event in getattr(feed, "events", ()):
            assert reader or "margin_percent" not in event.data, key


def test_what_one_may_not_see_cannot_be_touched_and_looks_absent(world: World, rows: list[Row]) -> None:
    """Every mutation that takes an id, with a stale etag so that nothing happens where it is allowed."""
    wrong = []
    for path, method in BY_PATH.items():
        rule = access(method)
        if not rule.mutation or rule.self or rule.public or "id" not in method.input_type.fields_by_name:
            continue
        for row in (row for row in rows if row.resource == rule.resource):
            for key in everybody():
                if sees(world, key, row):
                    continue
                answer = invoke(world, key, path, id=row.id, **filled(method))
                if answer not in HIDDEN:
                    wrong.append((path, key, row.company, answer))
    assert not wrong, "\n".join(map(str, wrong))


def host_of(path: str) -> str:
    """The service of a method; deals where all six host it."""
    package = path.split(".")[1]
    return package if package in SERVICES else "deals"


EXPLAIN, WHAT_IF, WHO_CAN = (f"/prm.decisions.v1.Decisions/{name}" for name in ("Explain", "WhatIf", "WhoCan"))
HOSTS = {"registration": "deals", "budget": "mdf", "organization": "identity", "person": "identity"}


def test_asking_why_tells_nothing_of_what_one_may_not_read(world: World, rows: list[Row]) -> None:
    """About oneself anybody; what would be and who can, only who may ask about others."""
    wrong = []
    for key in everybody():
        for row in rows:
            asked = {"resource": row.resource, "action": "read", "object_id": row.id}
            seen = sees(world, key, row)
            for path in (EXPLAIN, WHAT_IF, WHO_CAN):
                answer = invoke(world, key, path, host=HOSTS[row.resource], **asked)
                code = answer if isinstance(answer, grpc.StatusCode) else grpc.StatusCode.OK
                expected = grpc.StatusCode.OK if seen else grpc.StatusCode.NOT_FOUND
                if path != EXPLAIN and not asks(key, path):
                    expected = grpc.StatusCode.PERMISSION_DENIED
                if code is not expected:
                    wrong.append((key, row.resource, row.company, path, code, expected))
    assert not wrong, "\n".join(map(str, wrong))


def asks(key: str, path: str) -> bool:
    """Whether the role may ask this about somebody."""
    action = {EXPLAIN: "explain", WHAT_IF: "what_if", WHO_CAN: "who_can"}[path]
    return bool(permissions(key).get("decision", {}).get(action))


def test_asking_about_others_tells_nothing_of_whom_one_may_not_read(world: World, rows: list[Row]) -> None:
    wrong = []
    for key in everybody():
        for row in (row for row in rows if row.resource == "person"):
            scopes = permissions(key).get("decision", {}).get("explain", ())
            own = key != "integration" and PEOPLE[key][0] == row.company
            expected = row.owner == key or "all" in scopes or ("org" in scopes and own)
            answer = invoke(world, key, EXPLAIN, host="deals", person_id=row.id, resource="registration", action="approve")
            hidden = grpc.StatusCode.PERMISSION_DENIED if sees(world, key, row) else grpc.StatusCode.NOT_FOUND
            if (expected and isinstance(answer, grpc.StatusCode)) or (not expected and answer is not hidden):
                wrong.append((key, row.owner, answer, expected))
    assert not wrong, "\n".join(map(str, wrong))


def test_asking_why_over_rest_is_the_same(world: World, rows: list[Row]) -> None:
    wrong = []
    with httpx.Client(base_url=world.suite.base_url, timeout=15) as client:
        for key in everybody():
            for row in rows:
                route = f"/v1/{HOSTS[row.resource]}/decisions:explain?resource={row.resource}&action=read&object_id={row.id}"
                status = client.get(route, headers=dict(world.metadata(key))).status_code
                if status != (httpx.codes.OK if sees(world, key, row) else httpx.codes.NOT_FOUND):
                    wrong.append((key, row.resource, row.company, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_reflection_lists_own_and_shared_services_on_every_api(world: World) -> None:
    shared = {"prm.audit.v1.Audit", "prm.decisions.v1.Decisions", "prm.events.v1.Events"}
    for service in SERVICES:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel_to(world, service))
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        listed = {item.name for answer in stub.ServerReflectionInfo(asked, timeout=15) for item in answer.list_services_response.service}
        own = {method.containing_service.full_name for path, method in BY_PATH.items() if path.split(".")[1] == service}
        assert own
        assert {name for name in listed if name.startswith("prm.")} == own | shared, service


def filled(method: MethodDescriptor) -> dict[str, Any]:
    """Values for what a request must have, so that authorisation and not validation answers."""
    known = {"etag": STALE, "reason": "compliance", "rule": "other_registration", "text": "A text.", "parent_id": "org_x"}
    return {name: value for name, value in known.items() if name in method.input_type.fields_by_name}


def test_without_a_token_everything_but_the_public_list_is_refused(world: World) -> None:
    wrong = []
    for path, method in BY_PATH.items():
        if access(method).public or method.server_streaming:
            continue
        answer = invoke(world, None, path, host=host_of(path), **filled(method))
        if answer is not grpc.StatusCode.UNAUTHENTICATED:
            wrong.append((path, answer))
    assert not wrong, "\n".join(map(str, wrong))


def test_rest_refuses_what_grpc_refuses(world: World, rows: list[Row]) -> None:
    wrong = []
    with httpx.Client(base_url=world.suite.base_url, timeout=15) as client:
        for key in everybody():
            headers = dict(world.metadata(key))
            for row in rows:
                route = rest_path(row.get).replace("{id}", row.id)
                status = client.get(route, headers=headers).status_code
                if (status == httpx.codes.OK) != sees(world, key, row) or (status not in (200, 403, 404)):
                    wrong.append((key, row.resource, row.company, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_rest_without_a_token_is_refused_on_every_route(world: World) -> None:
    wrong = []
    with httpx.Client(base_url=world.suite.base_url, timeout=15) as client:
        for method in BY_PATH.values():
            rule = method.GetOptions().Extensions[annotations_pb2.http]
            verb = rule.WhichOneof("pattern")
            if access(method).public or verb is None:
                continue
            route = getattr(rule, verb).replace("{service}", "deals")
            body: dict[str, Any] = {"content": b"{}", "headers": {"content-type": "application/json"}} if rule.body else {}
            status = client.request(verb.upper(), braces_filled(route), **body).status_code
            if status != httpx.codes.UNAUTHORIZED:
                wrong.append((verb, route, status))
    assert not wrong, "\n".join(map(str, wrong))


def rest_path(path: str) -> str:
    return str(BY_PATH[path].GetOptions().Extensions[annotations_pb2.http].get)


def braces_filled(route: str) -> str:
    while "{" in route:
        before, _, rest = route.partition("{")
        route = f"{before}x_1{rest.partition('}')[2]}"
    return route
