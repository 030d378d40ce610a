"""REST through a real gateway: names, headers, refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prm.deals.v1 import registrations_pb2

from chassis.errors import FieldViolation, InvalidArgument, PermissionDenied, Unavailable
from tests.integration.gateway.conftest import World


def test_a_resource_with_its_etag_and_hidden_fields(world: World) -> None:
    with world.api() as api:
        answer = api.get("/v1/registrations/reg_1")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"7"'
    body = answer.json()
    assert body["id"] == "reg_1"
    assert body["margin_percent"] is None, "a hidden number must not look like 0"
    assert body["clock_used_minutes"] == 0, "a field that is not hidden is there even when it is 0"
    request, metadata = world.deals.part.last("GetRegistration")
    assert request.id == "reg_1"
    assert metadata["authorization"] == "Bearer a-token"
    assert metadata["traceparent"].startswith("00-"), "the trace goes along"
    assert answer.headers["x-trace-id"] in metadata["traceparent"]


def test_the_same_version_is_not_sent_again(world: World) -> None:
    with world.api() as api:
        answer = api.get("/v1/registrations/reg_1", headers={"If-None-Match": '"7"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_headers_become_fields(world: World) -> None:
    headers = {"If-Match": '"7"', "Idempotency-Key": "attempt-4711"}
    with world.api() as api:
        answer = api.post("/v1/registrations/reg_1:submit", headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "SUBMITTED")
    request, _ = world.deals.part.last("SubmitRegistration")
    assert (request.id, request.etag, request.request_id) == ("reg_1", '"7"', "attempt-4711")


def test_an_etag_that_a_proxy_weakened_still_counts(world: World) -> None:
    with world.api() as api:
        assert api.post("/v1/registrations/reg_1:submit", headers={"If-Match": 'W/"7"'}).status_code == 200
        assert api.post("/v1/registrations/reg_1:submit", headers={"If-Match": 'W/"3"'}).status_code == 412


def test_a_request_id_is_minted_anew_each_time(world: World) -> None:
    with world.api() as api:
        api.post("/v1/registrations/reg_1:submit")
        first = world.deals.part.last("SubmitRegistration")[0].request_id
        api.post("/v1/registrations/reg_1:submit")
    assert len(first) >= 8
    assert first != world.deals.part.last("SubmitRegistration")[0].request_id


def test_stale_is_412(world: World) -> None:
    with world.api() as api:
        answer = api.post("/v1/registrations/reg_1:submit", headers={"If-Match": '"3"'})
    assert answer.status_code == 412
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["reason"], problem["domain"], problem["status"]) == ("ETAG_MISMATCH", "deals.prm", 412)
    assert problem["trace_id"] == answer.headers["x-trace-id"]


def test_patch_with_a_body_field_mask_and_path_id(world: World) -> None:
    world.deals.part.replies["UpdateRegistration"] = lambda request: request.registration
    body = {"customer": {"name": "Nordlicht", "taxId": "DE1"}, "value": {"currency_code": "EUR", "units": "48000"}}
    with world.api() as api:
        answer = api.patch("/v1/registrations/reg_9?update_mask=customer.name,value", json=body)
    assert answer.status_code == 200, answer.text
    request, _ = world.deals.part.last("UpdateRegistration")
    assert request.registration.id == "reg_9"
    assert request.registration.customer.tax_id == "DE1", "camel case is understood too"
    assert list(request.update_mask.paths) == ["customer.name", "value"]
    assert answer.json()["value"] == {"currency_code": "EUR", "units": "48000", "nanos": 0}


def test_query_parameters_repeat(world: World) -> None:
    from prm.events.v1 import events_pb2

    world.deals.part.replies["ListEvents"] = events_pb2.ListEventsResponse(events=[events_pb2.Event(position=2**60, id="e")], next=2**60)
    with world.api() as api:
        answer = api.get("/v1/deals/events?after=5&types=a&types=b&page_size=10")
    request, _ = world.deals.part.last("ListEvents")
    assert (request.service, request.after, list(request.types), request.page_size) == ("deals", 5, ["a", "b"], 10)
    assert answer.json()["next"] == str(2**60), "64 bits do not fit a JSON number"


def test_the_service_in_the_path_is_called(world: World) -> None:
    with world.api() as api:
        assert api.get("/v1/mdf/events").json()["domain"] == "mdf.prm", "mdf is away here"
        assert api.get("/v1/nothing/events").status_code == 404


def test_a_refusal_keeps_reason_fields_decision_and_delay(world: World) -> None:
    refusals = {
        "reg_a": InvalidArgument("Two fields", fields=[FieldViolation("registration.customer.name", "is missing", "REQUIRED")]),
        "reg_b": PermissionDenied("Not yours to approve", reason="OWN_SUBMISSION", metadata={"decision_id": "dec_1", "rule": "sod"}),
        "reg_c": Unavailable("Policy is away", reason="POLICY_UNAVAILABLE", retry_after=timedelta(seconds=1.2)),
    }
    world.deals.part.replies["ApproveRegistration"] = lambda request: refusals[request.id]
    with world.api() as api:
        a, b, c = (api.post(f"/v1/registrations/{name}:approve") for name in refusals)
    assert (a.status_code, a.json()["errors"]) == (
        400,
        [{"field": "registration.customer.name", "description": "is missing", "reason": "REQUIRED"}],
    )
    assert (b.status_code, b.json()["decision_id"], b.json()["metadata"]) == (403, "dec_1", {"rule": "sod"})
    assert (c.status_code, c.headers["retry-after"], c.json()["reason"]) == (503, "2", "POLICY_UNAVAILABLE")


def test_facts_behind_are_waited_for_once(world: World) -> None:
    behind = Unavailable("Behind", reason="ACCESS_FACTS_BEHIND", retry_after=timedelta(seconds=0.1))
    answers = [_count(), behind]
    world.deals.part.replies["CountRegistrations"] = lambda request: answers.pop()
    with world.api() as api:
        answer = api.get("/v1/registrations:count")
        assert (answer.status_code, answer.json()["count"]) == (200, 3)
        calls = world.deals.part.count("CountRegistrations")
        answers[:] = [behind] * 9
        answer = api.get("/v1/registrations:count")
    assert (answer.status_code, answer.json()["reason"]) == (503, "ACCESS_FACTS_BEHIND")
    assert world.deals.part.count("CountRegistrations") == calls + 2, "once more, and not the channel's four times"


def test_policy_away_is_said_at_once(world: World) -> None:
    world.deals.part.replies["GetConflictReport"] = Unavailable("Policy is away", reason="POLICY_UNAVAILABLE")
    with world.api() as api:
        assert api.get("/v1/registrations/reg_1/conflictReport").status_code == 503
    assert world.deals.part.count("GetConflictReport") == 1


def test_what_did_not_arrive_is_repeated(world: World) -> None:
    answers = [_count(), Unavailable("Restarting"), Unavailable("Restarting")]
    world.deals.part.replies["CountRegistrations"] = lambda request: answers.pop()
    with world.api() as api:
        assert api.get("/v1/registrations:count").status_code == 200


def _count() -> registrations_pb2.CountRegistrationsResponse:
    return registrations_pb2.CountRegistrationsResponse(count=3)


def test_without_a_token_nothing_is_called(world: World) -> None:
    before = len(world.deals.part.calls)
    with world.client() as nobody:
        answer = nobody.get("/v1/registrations/reg_1")
        other = nobody.get("/v1/registrations/reg_1", headers={"Authorization": "Basic a2ltOmtpbQ=="})
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_MISSING")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (other.status_code, other.json()["reason"]) == (401, "TOKEN_MALFORMED")
    assert len(world.deals.part.calls) == before


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/registrations", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/v1/registrations/reg_1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("GET", "/v1/registrations/reg_1:submit", "OPTIONS, POST"),
        ("HEAD", "/v1/deals/events:watch", "GET, OPTIONS"),
    ],
)
def test_wrong_verbs_name_the_right_ones(world: World, method: str, path: str, allow: str) -> None:
    with world.api() as api:
        answer = api.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allow)
        options = api.options(path)
        assert (options.status_code, options.headers["allow"]) == (204, allow)


def test_head_is_get_without_a_body(world: World) -> None:
    with world.api() as api:
        head, get = api.head("/v1/registrations/reg_1"), api.get("/v1/registrations/reg_1")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", get.headers["etag"])
    assert head.headers["content-length"] == get.headers["content-length"]


def test_unknown_paths_are_problems(world: World) -> None:
    with world.api() as api:
        for path in ("/v1/nothing", "/v1/", "/v1/registrations/reg_1:dance", "/v1/sessions:exchange", "/v1//registrations"):
            answer = api.get(path)
            assert (answer.status_code, answer.json()["reason"]) == (404, "ROUTE_NOT_FOUND"), path


def test_ids_are_decoded_once(world: World) -> None:
    with world.api() as api:
        api.get("/v1/registrations/a%2Fb%3Ac%2525")
    assert world.deals.part.last("GetRegistration")[0].id == "a/b:c%25"


def test_keys_as_rfc_7517(world: World) -> None:
    with world.client() as anyone:
        answer = anyone.get("/.well-known/jwks.json")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.json() == {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "abc", "kid": "k1", "alg": "Ed25519", "use": "sig"}]}


def test_the_document_is_served(world: World) -> None:
    with world.client() as anyone:
        answer = anyone.get("/openapi.json")
    assert (answer.json()["openapi"], answer.json()["servers"]) == ("3.1.0", [{"url": world.url}])


def test_routes_are_counted_by_template(world: World) -> None:
    labels = {"method": "GET", "route": "/v1/registrations/{id}", "status": "404"}
    before = world.registry.get_sample_value("prm_http_requests_total", labels) or 0
    with world.api() as api:
        api.get("/v1/registrations/reg_gone")
        api.get("/healthz")
        api.get("/v1/no/such/route")
    assert world.registry.get_sample_value("prm_http_requests_total", labels) == before + 1
    routes = {sample.labels["route"] for metric in world.registry.collect() for sample in metric.samples if "route" in sample.labels}
    assert {"/healthz", "/v1/?"} <= routes
    assert not any("reg_" in route or "no/such" in route for route in routes), "a label per path would fill the memory"
