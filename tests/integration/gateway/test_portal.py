"""Sign-in, cookies, form tokens, limits and headers, through a real gateway."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.gateway.conftest import World, submit
from tests.integration.gateway.services import PASSWORD


def test_nobody_is_led_to_sign_in_and_back(world: World) -> None:
    with world.client() as nobody:
        answer = nobody.get("/t/hello?tab=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/t/hello%3Ftab%3D1")
        fragment = nobody.get("/t/hello", headers={"HX-Request": "true"})
        assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/signin?next=/t/hello")


def test_signing_in_sets_one_safe_cookie(world: World) -> None:
    with world.client() as client:
        answer = submit(client, "/t/signin", email="kim@brightway.example", password=PASSWORD, next="/t/hello")
        assert (answer.status_code, answer.headers["location"]) == (303, "/t/hello")
        cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("prm_session="))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        page = client.get("/t/hello")
        assert page.text.startswith("Kim Berg de")
    request, _ = world.identity.part.last("SignIn")
    assert request.user_agent.startswith("python-httpx")


def test_a_wrong_password_is_a_refusal_of_the_page(world: World) -> None:
    with world.client() as client:
        answer = submit(client, "/t/signin", email="kim@brightway.example", password="wrong")
        assert answer.status_code == 401
        assert "prm_session" not in client.cookies
        locked = submit(client, "/t/signin", email="kim@brightway.example", password="too often")
        assert locked.status_code == 429


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "\t//evil", ""]
)
def test_no_redirect_leaves_this_host(world: World, target: str) -> None:
    with world.client() as client:
        answer = submit(client, "/t/signin", email="kim@brightway.example", password=PASSWORD, next=target)
    assert answer.headers["location"] == "/"


def test_a_session_is_exchanged_once_per_token_life(world: World) -> None:
    with world.signed_in() as client:
        before, me = world.identity.part.count("ExchangeSession"), world.identity.part.count("GetMe")
        for _ in range(5):
            assert client.get("/t/hello").status_code == 200
    assert world.identity.part.count("ExchangeSession") == before, "the token of sign-in still holds"
    assert world.identity.part.count("GetMe") == me


def test_requests_of_one_page_wait_for_one_exchange(world: World) -> None:
    with world.signed_in() as client:
        cookie = f"prm_session={client.cookies['prm_session']}"
    world.forget_sessions()
    before = world.identity.part.count("ExchangeSession")
    with world.client(Cookie=cookie) as same, ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: same.get("/t/hello"), range(8))} == {200}
    assert world.identity.part.count("ExchangeSession") == before + 1


def test_pages_are_compressed_and_events_are_not(world: World) -> None:
    with world.client() as anyone:
        answer = anyone.get("/openapi.json", headers={"Accept-Encoding": "br"})
        assert (answer.headers["content-encoding"], answer.json()["openapi"]) == ("br", "3.1.0")
    with world.signed_in() as client, client.stream("GET", "/live", headers={"Accept-Encoding": "br, gzip"}) as live:
        assert "content-encoding" not in live.headers


def test_a_page_calls_services_as_the_person(world: World) -> None:
    with world.signed_in() as client:
        assert client.get("/t/deals/reg_5").text == "reg_5"
    _, metadata = world.deals.part.last("GetRegistration")
    assert metadata["authorization"].removeprefix("Bearer ") in world.identity.good_tokens


def test_a_refused_token_is_renewed_once(world: World) -> None:
    from prm.deals.v1 import registrations_pb2

    from chassis.errors import Unauthenticated

    answers = [registrations_pb2.Registration(id="reg_5"), Unauthenticated("Too old", reason="TOKEN_REVOKED")]
    kept = world.deals.part.replies["GetRegistration"]
    world.deals.part.replies["GetRegistration"] = lambda request: answers.pop()
    before = world.identity.part.count("ExchangeSession")
    try:
        with world.signed_in() as client:
            assert client.get("/t/deals/reg_5").text == "reg_5"
    finally:
        world.deals.part.replies["GetRegistration"] = kept
    assert world.identity.part.count("ExchangeSession") == before + 1
    _, metadata = world.identity.part.last("ExchangeSession")
    assert metadata["authorization"] == "Bearer portal-token"


def test_a_service_that_refuses_the_renewed_token_too_sends_nobody_round_in_circles(world: World) -> None:
    """Identity vouches for her and a service has not heard of it: to sign in again would lead to the same page."""
    from chassis.errors import Unauthenticated

    kept = world.deals.part.replies["GetRegistration"]
    world.deals.part.replies["GetRegistration"] = lambda request: Unauthenticated("Closed", reason="ACCOUNT_CLOSED")
    try:
        with world.signed_in() as client:
            answer = client.get("/t/deals/reg_5", follow_redirects=False)
    finally:
        world.deals.part.replies["GetRegistration"] = kept
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (503, "text/html")


def test_refusals_of_services_are_pages(world: World) -> None:
    with world.signed_in() as client:
        answer = client.get("/t/deals/reg_gone")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_forms_without_a_token_change_nothing(world: World) -> None:
    with world.signed_in() as client, world.signed_in() as other:
        assert client.post("/t/hello", data={}).status_code == 403
        assert client.post("/t/hello", data={"csrf": "x" * 40}).status_code == 403
        foreign = _token(other.get("/t/hello").text)
        assert client.post("/t/hello", data={"csrf": foreign}).status_code == 403, "another session's token"
        own = _token(client.get("/t/hello").text)
        assert client.post("/t/hello", data={"csrf": own}).text == "changed"
        assert client.post("/t/hello", headers={"X-CSRF-Token": own}).text == "changed"
        assert client.post("/t/hello", data={"csrf": own}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post("/t/hello", data={"csrf": own}, headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.post("/t/hello", data={"csrf": own}, headers={"Origin": world.url, "Sec-Fetch-Site": "same-origin"}).text == "changed"


def test_tokens_differ_from_page_to_page(world: World) -> None:
    with world.signed_in() as client:
        assert _token(client.get("/t/hello").text) != _token(client.get("/t/hello").text)


def test_a_visitors_token_does_not_survive_sign_in(world: World) -> None:
    with world.client() as client:
        visitor = _token(client.get("/t/signin").text)
        assert submit(client, "/t/signin", email="kim@brightway.example", password=PASSWORD).status_code == 303
        assert client.post("/t/hello", data={"csrf": visitor}).status_code == 403


def test_signing_out_ends_the_session_everywhere(world: World) -> None:
    with world.signed_in() as client:
        secret = client.cookies["prm_session"]
        token = _token(client.get("/t/hello").text)
        answer = client.post("/t/leave", data={"csrf": token})
        assert answer.status_code == 303
        assert "prm_session" not in client.cookies
        assert secret not in world.identity.sessions
        client.cookies.set("prm_session", secret)
        assert client.get("/t/hello").status_code == 303, "the old cookie is worth nothing"


def test_an_unknown_cookie_is_cleared(world: World) -> None:
    with world.client() as client:
        answer = client.get("/t/hello", headers={"Cookie": "prm_session=" + "a" * 40})
        assert answer.status_code == 303
        assert 'prm_session=""; expires=' in answer.headers["set-cookie"] or "Max-Age=0" in answer.headers["set-cookie"]


def test_what_browsers_are_told(world: World) -> None:
    with world.signed_in() as client:
        headers = client.get("/t/hello").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers, "not over http"
    assert "server" not in headers


def test_a_defect_says_nothing_but_the_trace(world: World) -> None:
    with world.signed_in() as client:
        answer = client.get("/t/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers
    assert answer.headers["x-trace-id"]


def test_pages_that_are_not_there(world: World) -> None:
    with world.client() as anyone:
        assert anyone.get("/nowhere").status_code == 404
        wrong = anyone.put("/t/hello")
    assert (wrong.status_code, wrong.headers["content-type"].split(";")[0]) == (405, "text/html")
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


def _token(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]
