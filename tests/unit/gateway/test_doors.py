"""What protects the portal, piece by piece: settings, cookies, form tokens, paths, stream slots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.sessions.cookies import Cookies, SignedIn
from gateway.sessions.csrf import FormTokens
from gateway.sessions.guard import safe_path
from gateway.settings import PublicAddress
from gateway.transcoding.slots import StreamSlots

SECRET = "s" * 43


def cookies_of(response: Response) -> list[str]:
    return [value.decode() for name, value in response.raw_headers if name == b"set-cookie"]


def test_over_https_cookies_belong_to_this_host_alone() -> None:
    now = datetime(2026, 5, 31, tzinfo=UTC)
    response = Response()
    SignedIn(Cookies(https=True), SECRET, now + timedelta(hours=2), now).attach(response)
    session, seed = cookies_of(response)
    parts = session.split("; ")
    assert parts[0] == f"__Host-prm_session={SECRET}"
    assert {"HttpOnly", "Max-Age=7200", "Path=/", "SameSite=lax", "Secure"} == set(parts[1:]), "and no Domain"
    assert seed.startswith("__Host-prm_seed=")
    assert "Secure" in seed, "a browser ignores what clears a __Host- cookie without it"


def test_a_cookie_that_can_be_no_secret_is_none() -> None:
    for value in ("short", "a" * 201, "a" * 20 + "%00", "a b" * 10, ""):
        request = Request({"type": "http", "headers": [(b"cookie", f"prm_session={value}".encode())]})
        assert Cookies(https=False).secret(request) == ""


def test_http_is_for_this_machine_only() -> None:
    for url in ("http://127.0.0.1:7400", "http://localhost:7400", "http://[::1]:7400"):
        assert not PublicAddress(public_url=url).https
    for url in ("http://portal.example.com", "http://10.0.0.5:7400", "ftp://x", "portal.example.com", "https:///"):
        with pytest.raises(ValidationError):
            PublicAddress(public_url=url)


def test_gateways_of_one_installation_share_a_key() -> None:
    with pytest.raises(ValidationError, match="PRM_PAGE_KEY"):
        PublicAddress(public_url="https://portal.example.com")
    found = PublicAddress(public_url="https://Portal.Example.com", page_key="k" * 32)
    assert (found.https, found.origin) == (True, "https://portal.example.com")


def test_form_tokens_hold_at_every_gateway_and_for_one_session() -> None:
    one, same, other = FormTokens(b"key"), FormTokens(b"key"), FormTokens(b"another")
    token = one.make(SECRET)
    assert same.good(token, SECRET)
    assert not other.good(token, SECRET)
    assert not one.good(token, "t" * 43)
    assert not one.good(token, "")
    assert one.make(SECRET) != token
    assert not FormTokens(b"").good(FormTokens(b"").make(SECRET), SECRET), "without a key each process has its own"


@given(st.text(max_size=80))
def test_no_text_is_a_form_token(text: str) -> None:
    assert not FormTokens(b"key").good(text, SECRET)


@pytest.mark.parametrize("path", ["/", "/deals/reg_1?tab=2#top", "/desk?filter=status%20%3D%20X", "/a//b"])
def test_own_paths(path: str) -> None:
    assert safe_path(path)


@pytest.mark.parametrize(
    "path", ["", "deals", "//evil.example", "/\\evil", "\\/evil", "https://evil", "/a\r\nSet-Cookie: x", "/a\tb", " /", "/" + "a" * 3000]
)
def test_foreign_paths(path: str) -> None:
    assert not safe_path(path)


def test_no_caller_takes_all_streams() -> None:
    slots = StreamSlots(per_service=3, per_caller=2)
    first, second = slots.take("deals", "a"), slots.take("deals", "a")
    with pytest.raises(ApiError, match="TOO_MANY_STREAMS"):
        slots.take("deals", "a")
    slots.take("mdf", "a")
    slots.take("deals", "b")
    with pytest.raises(ApiError, match="TOO_MANY_STREAMS"):
        slots.take("deals", "c")
    first.free()
    first.free()
    second.free()
    slots.take("deals", "c")
    slots.take("deals", "c")
    with pytest.raises(ApiError):
        slots.take("deals", "d")
