"""The routes that the contracts make."""

from __future__ import annotations

import pytest
from google.api import http_pb2
from prm.deals.v1 import registrations_pb2
from prm.events.v1 import events_pb2

from gateway.contracts import UndefinedMethod, by_request, method_for, methods
from gateway.errors import ApiError
from gateway.transcoding.bindings import Binding, Table, table
from gateway.transcoding.templates import compile_template


def test_a_request_names_its_method() -> None:
    assert len(by_request()) == len(methods()), "two methods take the same message: api.call could not tell them apart"
    assert method_for(registrations_pb2.GetRegistrationRequest()).path == "/prm.deals.v1.Registrations/GetRegistration"
    with pytest.raises(UndefinedMethod):
        method_for(registrations_pb2.Registration())


def test_shared_services_are_found_by_the_request() -> None:
    method = method_for(events_pb2.ListEventsRequest())
    assert method.target(events_pb2.ListEventsRequest(service="training")) == "training"
    with pytest.raises(ValueError, match="no service"):
        method.target(events_pb2.ListEventsRequest(service="crm"))
    with pytest.raises(ValueError, match="no service"):
        method.target(events_pb2.ListEventsRequest())


def test_no_two_methods_share_a_route() -> None:
    routes = [(binding.verb, binding.template.pattern.pattern) for binding in table()]
    assert len(routes) == len(set(routes))


def test_every_route_leads_to_its_own_method() -> None:
    for binding in table():
        path = binding.template.text
        for field in binding.template.fields:
            path = path.replace(f"{{{field}}}", "deals" if field == "service" else "x1")
        assert table().find(binding.verb, path).binding is binding, path


@pytest.mark.parametrize(
    ("verb", "path", "method", "values"),
    [
        ("GET", "/v1/registrations/reg_1", "GetRegistration", {"id": "reg_1"}),
        ("GET", "/v1/registrations/events", "GetRegistration", {"id": "events"}),
        ("GET", "/v1/deals/events", "ListEvents", {"service": "deals"}),
        ("GET", "/v1/deals/events:watch", "WatchEvents", {"service": "deals"}),
        ("GET", "/v1/people:batchGet", "BatchGetPeople", {}),
        ("PATCH", "/v1/registrations/reg_1", "UpdateRegistration", {"registration.id": "reg_1"}),
        ("POST", "/v1/registrations/reg_1:sendBack", "SendBackRegistration", {"id": "reg_1"}),
        ("HEAD", "/v1/registrations", "ListRegistrations", {}),
        ("GET", "/v1/registrations/%C3%A4", "GetRegistration", {"id": "ä"}),
    ],
)
def test_paths(verb: str, path: str, method: str, values: dict[str, str]) -> None:
    found = table().find(verb, path)
    assert (found.binding.method.name, found.path) == (method, values)


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/v1/registrations/", 404),
        ("GET", "/v1/registrations/a/b", 404),
        ("GET", "/v1/registrations/reg_1:unknown", 404),
        ("GET", "/v1/crm/events", 404),
        ("GET", "/v2/registrations", 404),
        ("DELETE", "/v1/registrations", 405),
        ("TRACE", "/v1/registrations", 405),
        ("GET", "/v1/registrations/%FF", 400),
    ],
)
def test_refused_paths(verb: str, path: str, status: int) -> None:
    with pytest.raises(ApiError) as refusal:
        table().find(verb, path)
    assert refusal.value.status == status


@pytest.mark.parametrize("text", ["/v1/{name=things/*}", "/v1/things/**", "v1/things", "/v1/{id}:", "/v1/th ings", "/v1/{id}{other}"])
def test_templates_not_served_are_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match="not served"):
        compile_template(text)


def test_rules_not_served_are_refused_at_start() -> None:
    method = methods()[0]
    rule = http_pb2.HttpRule(get="/v1/a", response_body="x")
    from gateway.transcoding.bindings import _bindings

    with pytest.raises(ValueError, match="not served"):
        list(_bindings(method, rule))


def test_additional_bindings_are_routes_too() -> None:
    from gateway.transcoding.bindings import _bindings

    rule = http_pb2.HttpRule(get="/v1/a/{id}", additional_bindings=[http_pb2.HttpRule(post="/v1/a/{id}:b", body="*")])
    made = Table(_bindings(methods()[0], rule))
    assert [(binding.verb, binding.body) for binding in made] == [("GET", ""), ("POST", "*")]
    assert isinstance(next(iter(made)), Binding)
