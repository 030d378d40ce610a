"""Attacks on sessions and forms: what was stolen ends in time, what was planted is not taken, no other site gets through."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import grpc
import httpx
import pytest
from grpc_status import rpc_status
from prm.identity.v1 import access_pb2, people_pb2

from gateway.contracts import methods
from gateway.portal.routes import public_routes, routes
from tests.system.test_leaks import braces_filled
from tests.system.visitors import anonymous, field, signing_in
from tests.system.world import PASSWORD, World, newcomer

COOKIE = "prm_session"
GONE_SECONDS = 2.0
FORMS = sorted({(route.path, route in public_routes) for route in (*routes, *public_routes) if "POST" in (route.methods or ())})
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "")


@contextmanager
def session(world: World, email: str) -> Iterator[httpx.Client]:
    with anonymous(world) as client:
        answer = signing_in(client, email)
        assert answer is not None and answer.url.path != "/signin"
        yield client


@contextmanager
def thief(world: World, victim: httpx.Client) -> Iterator[httpx.Client]:
    """Another browser with the victim's cookie."""
    with httpx.Client(base_url=world.suite.base_url, cookies={COOKIE: victim.cookies[COOKIE]}, timeout=30) as other:
        assert other.get("/account").status_code == 200, "it works while the session lives"
        yield other


def worthless(client: httpx.Client) -> bool:
    answer = client.get("/account")
    return (answer.status_code, answer.headers.get("location")) == (303, "/signin?next=/account")


def soon(look: object) -> None:
    """True within the two seconds in which whatever is taken away has to be gone."""
    until = time.monotonic() + GONE_SECONDS
    while not look():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_stolen_cookie_ends_with_sign_out(world: World) -> None:
    with session(world, newcomer(world)[1]) as victim, thief(world, victim) as other:
        victim.post("/signout", data={"csrf": field(victim.get("/account").text, "csrf")})
        assert worthless(other)


def test_a_stolen_cookie_and_token_end_with_a_new_password(world: World) -> None:
    _, email = newcomer(world)
    with session(world, email) as victim, thief(world, victim) as other:
        stolen = world.api.metadata(email)
        with session(world, email) as own:
            form = {"csrf": field(own.get("/account").text, "csrf"), "old_password": PASSWORD, "new_password": "another long password"}
            answer = own.post("/account/password", data=form)
            assert answer.status_code == 200, answer.text
            soon(lambda: worthless(other))
            assert own.get("/account").url.path == "/account", "her own session goes on"
        soon(lambda: refused(world, stolen))


def test_a_stolen_cookie_and_token_end_with_deactivation(world: World) -> None:
    person, email = newcomer(world)
    with session(world, email) as victim, thief(world, victim) as other:
        stolen = world.api.metadata(email)
        world.call("administrator", world.api.people.DeactivatePerson, people_pb2.DeactivatePersonRequest(id=person))
        soon(lambda: worthless(other))
        soon(lambda: refused(world, stolen))


def refused(world: World, metadata: tuple[tuple[str, str], ...]) -> bool:
    try:
        world.api.people.GetMe(people_pb2.GetMeRequest(), timeout=5, metadata=metadata)
    except grpc.RpcError as error:
        return error.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
    return False


def test_a_planted_session_is_not_taken(world: World) -> None:
    """Fixation: neither an invented secret nor the attacker's own living session becomes the victim's."""
    with session(world, newcomer(world)[1]) as attacker:
        living, bound = attacker.cookies[COOKIE], field(attacker.get("/account").text, "csrf")
        for planted in ("a" * 43, living):
            with httpx.Client(base_url=world.suite.base_url, headers={"Cookie": f"{COOKIE}={planted}"}, timeout=30) as victim:
                form = victim.get("/signin").text
                seed = {} if planted == living else {"Cookie": f"{COOKIE}={planted}; prm_seed={victim.cookies['prm_seed']}"}
                csrf = bound if planted == living else field(form, "csrf")
                data = {"csrf": csrf, "email": world.email("sales"), "password": PASSWORD}
                answer = victim.post("/signin", data=data, headers=seed)
            given = re.search(rf"{COOKIE}=([^;]+)", answer.headers["set-cookie"])
            assert answer.status_code == httpx.codes.SEE_OTHER
            assert given and given[1] not in (planted, living, '""')


@pytest.fixture(scope="module")
def mine(world: World) -> Iterator[httpx.Client]:
    with session(world, world.email("admin")) as client:
        client.follow_redirects = False
        yield client


@pytest.mark.parametrize(("path", "public"), FORMS)
def test_no_form_is_taken_from_elsewhere(world: World, mine: httpx.Client, path: str, public: bool) -> None:
    """Every form of the portal, against each way in which another site could send it."""
    target = re.sub(r"\{\w+\}", "x_1", path)
    own = field(mine.get("/account").text, "csrf")
    with anonymous(world) as visitor:
        foreign = field(visitor.get("/signin").text, "csrf")
    wrong: list[dict[str, str]] = [{"csrf": ""}, {"csrf": foreign}, {"csrf": own[:-4] + "AAA="}]
    elsewhere = ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"})
    statuses = [mine.post(target, data=data).status_code for data in wrong]
    statuses += [mine.post(target, data={"csrf": own}, headers=sent).status_code for sent in elsewhere]
    assert statuses == [403] * 7
    statuses = [mine.post(target, content=f"csrf={foreign}", headers={"Content-Type": kind}).status_code for kind in SIMPLE]
    assert set(statuses) <= {400, 403}, "400 is what cannot be read as the form it says it is"


def test_a_cookie_opens_nothing_of_the_api(world: World, mine: httpx.Client) -> None:
    """REST takes bearer tokens only, so no other site's request can use what the browser sends by itself."""
    wrong = []
    for method in (item for item in methods() if item.http is not None and not item.access.public):
        rule = method.http
        assert rule is not None
        verb = str(rule.WhichOneof("pattern"))
        path = braces_filled(getattr(rule, verb).replace("{service}", "deals"))
        answer = mine.request(verb.upper(), path, content=b"{}" if rule.body else None, headers={"Content-Type": "text/plain"})
        if answer.status_code != httpx.codes.UNAUTHORIZED or "access-control-allow-origin" in answer.headers:
            wrong.append((verb, path, answer.status_code))
    assert not wrong


def test_no_other_site_may_read_or_preflight(mine: httpx.Client) -> None:
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for path in ("/v1/registrations", "/", "/live", "/openapi.json"):
        for verb in ("OPTIONS", "GET"):
            answer = mine.request(verb, path, headers=asking) if path != "/live" or verb == "OPTIONS" else None
            assert answer is None or not [name for name in answer.headers if name.startswith("access-control")]


def test_guessing_is_locked_and_says_until_when(world: World) -> None:
    """Over both doors, for an address that is nobody's: the answer tells nothing, the wait is told."""
    email = newcomer(world)[1].replace("new.", "nobody.")
    request = access_pb2.SignInRequest(email=email, password="wrong " * 3)
    codes = []
    for number in range(6):
        request.request_id = f"guess-{email}-{number}"
        with pytest.raises(grpc.RpcError) as told:
            world.api.sessions.SignIn(request, timeout=10)
        codes.append(told.value.code())
    assert codes == [grpc.StatusCode.UNAUTHENTICATED] * 5 + [grpc.StatusCode.RESOURCE_EXHAUSTED]
    status: Any = rpc_status.from_call(cast("Any", told.value))
    assert "google.rpc.RetryInfo" in {detail.type_url.rpartition("/")[2] for detail in status.details}
    with httpx.Client(base_url=world.suite.base_url, timeout=20) as client:
        answer = client.post("/v1/sessions:signIn", json={"email": email, "password": "wrong wrong wrong"})
    assert (answer.status_code, answer.json()["reason"]) == (429, "SIGN_IN_LOCKED")
    assert 14 * 60 < int(answer.headers["retry-after"]) <= 15 * 60
