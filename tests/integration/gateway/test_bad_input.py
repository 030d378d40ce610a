"""What is malformed, oversized or of the wrong type gets its own status and names the place; nothing of it is a 5xx."""

from __future__ import annotations

import random
import socket
import time

import httpx
import pytest

from tests.integration.gateway.conftest import World, running_world

REGISTRATIONS = "/v1/registrations"
DEEP = b'{"registration":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def send(api: httpx.Client, body: bytes, content_type: str = "application/json") -> httpx.Response:
    return api.post(REGISTRATIONS, content=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize(
    ("body", "reason", "where"),
    [
        (b'{"customer":', "JSON_MALFORMED", "line 1, column 13"),
        (b"\xff\xfe{}", "BAD_ENCODING", "byte 0"),
        (b'\xef\xbb\xbf{"customer":{}}', "JSON_MALFORMED", "BOM"),
        (b"[1,2]", "JSON_NOT_AN_OBJECT", "object"),
        (b"null", "JSON_NOT_AN_OBJECT", "object"),
        (b'{"customer":{"name":"a","name":"b"}}', "JSON_DUPLICATE_KEY", "name"),
        (b'{"margin_percent":NaN}', "INVALID_REQUEST", "registration.margin_percent"),
        (b'{"margin_percent":1e999}', "INVALID_REQUEST", "registration.margin_percent"),
        (b'{"margin_percent":"12 %"}', "INVALID_REQUEST", "registration.margin_percent"),
        (b'{"clock_used_minutes":' + b"9" * 5000 + b"}", "INVALID_REQUEST", "registration.clock_used_minutes"),
        (b'{"clock_used_minutes":2147483648}', "INVALID_REQUEST", "registration.clock_used_minutes"),
        (b'{"clock_used_minutes":true}', "INVALID_REQUEST", "registration.clock_used_minutes"),
        (b'{"value":{"units":"9223372036854775808"}}', "INVALID_REQUEST", "registration.value.units"),
        (b'{"customer":{"nmae":"x"}}', "INVALID_REQUEST", "registration.customer.nmae"),
        (b'{"customer":[]}', "INVALID_REQUEST", "registration.customer"),
        (b'{"customer":{"name":7}}', "INVALID_REQUEST", "registration.customer.name"),
        (b'{"customer":{"name":"a\\u0000b"}}', "INVALID_REQUEST", "registration.customer.name"),
        (b'{"customer":{"name":"\\ud800"}}', "INVALID_REQUEST", "registration.customer.name"),
        (b'{"\\ud800":1}', "INVALID_REQUEST", "registration.?"),
        (b'{"status":"FINE"}', "INVALID_REQUEST", "registration.status"),
        (b'{"product_families":["a",3]}', "INVALID_REQUEST", "registration.product_families[1]"),
        (b'{"product_families":[null]}', "INVALID_REQUEST", "registration.product_families[0]"),
        (b'{"submit_time":"yesterday"}', "INVALID_REQUEST", "registration.submit_time"),
        (b'{"submit_time":"0000-01-01T00:00:00Z"}', "INVALID_REQUEST", "registration.submit_time"),
        (DEEP, "JSON_TOO_DEEP", "deeply"),
    ],
)
def test_a_body_is_refused_where_it_is_wrong(world: World, body: bytes, reason: str, where: str) -> None:
    before = world.deals.part.count("CreateRegistration")
    with world.api() as api:
        answer = send(api, body)
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    named = [item["field"] for item in answer.json().get("errors", [])]
    assert where in named or where in answer.json()["detail"]
    assert world.deals.part.count("CreateRegistration") == before


def test_every_wrong_field_is_named_at_once(world: World) -> None:
    with world.api() as api:
        answer = send(api, b'{"value":{"units":"x","nanos":1.5},"owner":1,"customer":{"name":1}}')
    named = {item["field"]: item["reason"] for item in answer.json()["errors"]}
    assert named == {
        "registration.value.units": "INVALID",
        "registration.value.nanos": "INVALID",
        "registration.owner": "UNKNOWN_FIELD",
        "registration.customer.name": "INVALID",
    }


def test_sizes(world: World) -> None:
    with world.api() as api:
        announced = send(api, b'{"evidence_note":"' + b"x" * 1024 * 1024 + b'"}')
        chunked = api.post(REGISTRATIONS, content=iter([b"x" * 65536] * 20), headers={"Content-Type": "application/json"})
        fits = send(api, b'{"evidence_note":"' + b"x" * 1000_000 + b'"}')
    assert [answer.status_code for answer in (announced, chunked, fits)] == [413, 413, 400]
    assert (announced.json()["reason"], chunked.json()["reason"]) == ("BODY_TOO_LARGE", "BODY_TOO_LARGE")
    assert fits.json()["errors"][0]["field"] == "registration.evidence_note", "the service's own rule speaks"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": ""},
    ],
)
def test_only_json_is_taken(world: World, headers: dict[str, str]) -> None:
    with world.api() as api:
        answer = api.post(REGISTRATIONS, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["reason"] in {"CONTENT_TYPE", "CONTENT_ENCODING"}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/registrations?page_size=many", "page_size"),
        ("/v1/registrations?page_size=1&page_size=2", "page_size"),
        ("/v1/registrations?page_sise=1", "page_sise"),
        ("/v1/registrations?page_size=99999999999", "page_size"),
        ("/v1/notifications?unread=yes", "unread"),
        ("/v1/programmeSettings?at=now", "at"),
        ("/v1/programmeSettings?at.seconds=1", "at.seconds"),
        ("/v1/registrations?search=%00", "search"),
        ("/v1/deals/events?service=mdf", "service"),
        ("/v1/registrations/%00", "id"),
        ("/v1/registrations/%FF", "id"),
    ],
)
def test_queries_and_paths_are_as_strict(world: World, path: str, field: str) -> None:
    with world.api() as api:
        answer = api.get(path)
    assert answer.status_code == 400
    assert [item["field"] for item in answer.json()["errors"]] == [field]


def test_other_malformed_parts(world: World) -> None:
    with world.api() as api:
        answers = {
            "BAD_ENCODING": api.get("/v1/registrations?search=%FF"),
            "TOO_MANY_PARAMETERS": api.get("/v1/deals/events?" + "types=a&" * 500),
            "BODY_NOT_TAKEN": api.request("DELETE", "/v1/registrations/reg_1", content=b"{}"),
            "IF_MATCH_MALFORMED": api.delete("/v1/registrations/reg_1", headers={"If-Match": "7"}),
            "IF_MATCH_NOT_TAKEN": api.get("/v1/registrations/reg_1", headers={"If-Match": '"7"'}),
        }
    assert {reason: (answer.status_code, answer.json()["reason"]) for reason, answer in answers.items()} == {
        reason: (400, reason) for reason in answers
    }


def test_contradictions_are_refused(world: World) -> None:
    with world.api() as api:
        path = api.patch("/v1/registrations/reg_1", json={"id": "reg_2"})
        etag = api.post("/v1/registrations/reg_1:submit", json={"etag": "1"}, headers={"If-Match": '"2"'})
        key = api.post("/v1/registrations/reg_1:submit", json={"request_id": "attempt-1"}, headers={"Idempotency-Key": "attempt-2"})
        query = api.post("/v1/registrations/reg_1:submit?etag=1", json={})
    fields = [answer.json()["errors"][0]["field"] for answer in (path, etag, key, query)]
    assert fields == ["registration.id", "etag", "request_id", "etag"]


def test_a_token_that_can_be_none_is_not_passed_on(world: World) -> None:
    before = len(world.deals.part.calls)
    with world.client() as nobody:
        for value in ("Bearer", "Bearer a b", "Token abc", "Bearer " + "a" * 7000, "bearer \xe9"):
            answer = nobody.get("/v1/registrations/reg_1", headers=[(b"Authorization", value.encode("latin-1"))])
            assert answer.status_code == 401, value
    assert len(world.deals.part.calls) == before


def test_no_noise_becomes_a_5xx(world: World) -> None:
    """Seeded noise for a few seconds: mutated bodies, paths, queries and headers."""
    seed = random.SystemRandom().randrange(2**32)
    noise = random.Random(seed)
    seeds = [
        b'{"customer":{"name":"Nordlicht","country":"DE"},"value":{"units":"48000","currency_code":"EUR"}}',
        b'{"a":[1,2.5,null]}',
        b"",
    ]
    paths = ["/v1/registrations", "/v1/registrations/reg_1:submit", "/v1/registrations/reg_1", "/v1/deals/events", "/v1/people:invite"]
    with world.api() as api:
        for _ in range(600):
            path = noise.choice(paths) + noise.choice(["", "?" + _mutated(noise, b"page_size=5&after=1&types=a").decode("latin-1")])
            body = _mutated(noise, noise.choice(seeds))
            request = api.build_request(noise.choice(["POST", "PATCH", "GET", "DELETE", "PUT"]), _clean(path), content=body)
            request.headers["Content-Type"] = "application/json"
            answer = api.send(request)
            assert answer.status_code < 500, f"seed {seed}: {request.method} {path} {body!r} → {answer.status_code} {answer.text}"
            assert answer.status_code < 300 or answer.headers["content-type"] == "application/problem+json"


def test_raw_noise_leaves_the_server_running(world: World) -> None:
    host, port = world.url.removeprefix("http://").split(":")
    for raw in (
        b"\x00" * 100,
        b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/registrations HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(raw)
            connection.settimeout(2)
            try:
                status = connection.recv(4096).split(b" ")[1:2]
            except TimeoutError:
                status = []
            assert status in ([], [b"400"], [b"401"], [b"404"]), (raw, status)
    with world.client() as anyone:
        assert anyone.get("/healthz").status_code == 200


def test_a_body_that_trickles_is_given_up() -> None:
    with running_world({"body_seconds": 0.5}) as own:
        host, port = own.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            head = "POST /v1/tokens:issue HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
            connection.sendall(head.encode())
            began = time.monotonic()
            assert connection.recv(4096).split(b" ")[1] == b"408"
            assert time.monotonic() - began < 3


def test_a_caller_who_hangs_up_is_no_defect_of_ours(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    host, port = world.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = "POST /v1/tokens:issue HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        connection.sendall(head.encode())
    deadline = time.monotonic() + 5
    while not _counted(world, "499") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _counted(world, "499") == 1
    assert not _counted(world, "500")
    assert "request_failed" not in capsys.readouterr().out


def _counted(world: World, status: str) -> float:
    samples = [sample for metric in world.registry.collect() for sample in metric.samples if sample.name == "prm_http_requests_total"]
    return sum(sample.value for sample in samples if sample.labels["status"] == status and sample.labels["method"] == "POST")


def _mutated(noise: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(noise.randrange(4)):
        kind, at = noise.randrange(3), noise.randrange(len(out) + 1)
        if kind == 0:
            out[at:at] = noise.choice(
                [b"\xff", b"\x00", b'"', b"}", b"NaN", b"\\ud800", b"9" * 50, b"[" * 50, b"%FF", b"&a.b.c=1", b'"id":"x",']
            )
        elif kind == 1:
            del out[at : at + noise.randrange(6)]
        else:
            out[at : at + 1] = bytes([noise.randrange(256)])
    return bytes(out)


def _clean(path: str) -> str:
    """httpx itself refuses characters that no URL may have; they go escaped."""
    return "".join(
        char if char.isascii() and char.isprintable() and char not in ' "#<>[]\\^`{|}' else "%" + f"{ord(char):02X}" for char in path
    )
