"""Attacks on what the portal says to browsers: frames, redirects, headers, paths, the host it believes to be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest

from cli.demo.client import eventually
from tests.system.test_attack_sessions import session
from tests.system.visitors import anonymous, field
from tests.system.world import World, newcomer

EVIL = "evil.example"
AWAY = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "https://evil.example", "https:evil.example", "http:///evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "/\t/evil.example", "/\n/evil.example", "/\r\nLocation: https://evil.example", " //evil.example",
    "\x00//evil.example", "/%2f/evil.example", "%2f%2fevil.example", "/%5cevil.example", "/%09/evil.example", "/.//evil.example", "/..//evil.example", "//evil.example/%2f..", "@evil.example",
    "/@evil.example", "//127.0.0.1@evil.example", "/；/evil.example", "／／evil.example", "", "/" + "a" * 5000,
)  # fmt: skip
PATHS = (
    "/../../../../etc/passwd", "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/app.py", "/static/..%5c..%5capp.py", "/static//etc/passwd", "/static/%2fetc%2fpasswd",
    "/static/....//app.py", "/static/%252e%252e/app.py", "/static/app.py%00.css", "/v1/../static/../app.py", "/static/..;/app.py", "/.git/config", "/static/.", "/static/%c0%ae%c0%ae/app.py",
)  # fmt: skip


def lands(base: str, location: str) -> str:
    """The host on which a browser ends: it reads a backslash as a slash and drops tabs, line ends and what surrounds them."""
    read = "".join(char for char in location if char not in "\t\r\n").strip("".join(map(chr, range(33)))).replace("\\", "/")
    return str(urlsplit(urljoin(base, read)).hostname)


@pytest.fixture(scope="module")
def signed(world: World) -> Iterator[httpx.Client]:
    with session(world, world.email("admin")) as client:
        client.follow_redirects = False
        yield client


def test_nobody_may_frame_sniff_or_store_what_we_show(world: World, signed: httpx.Client) -> None:
    """Pages, fragments, refusals of every kind, machine answers: all say so."""
    shown = [
        signed.get(path)
        for path in ("/", "/deals", "/account", "/nowhere", "/v1/registrations", "/openapi.json", "/healthz", "/.well-known/jwks.json")
    ]
    shown += [
        signed.post("/account", data={}),
        signed.put("/account"),
        signed.get("/deals/x_1"),
        signed.get("/", headers={"HX-Request": "true"}),
    ]
    shown += [signed.post("/v1/tokens:issue", content=b"{"), signed.post("/account", content=b"x" * 1_100_000)]
    with anonymous(world) as nobody:
        nobody.follow_redirects = False
        shown += [nobody.get("/"), nobody.get("/signin"), nobody.get("/invitations/x"), nobody.get("/static/nothing.css")]
    for answer in shown:
        told, where = answer.headers, (answer.request.method, answer.request.url.path, answer.status_code)
        assert "frame-ancestors 'none'" in told["content-security-policy"] and told["x-frame-options"] == "DENY", where
        assert "script-src 'self';" in told["content-security-policy"] and "unsafe" not in told["content-security-policy"], where
        assert told["x-content-type-options"] == "nosniff" and told["cross-origin-opener-policy"] == "same-origin", where
        assert told["cache-control"] == "no-store" or answer.request.url.path in ("/openapi.json", "/.well-known/jwks.json"), where
        assert "server" not in told and "x-powered-by" not in told, where


@pytest.mark.parametrize("target", AWAY)
def test_no_redirect_leaves_the_portal(world: World, target: str) -> None:
    with anonymous(world) as visitor:
        visitor.follow_redirects = False
        page = visitor.get("/signin", params={"next": target})
        data = {"csrf": field(page.text, "csrf"), "language": "de", "next": target}
        answers = [visitor.post("/language", data=data), visitor.post(f"/language?next={quote(target)}", data=data | {"next": ""})]
    own = urlsplit(world.suite.base_url).hostname
    for answer in answers:
        assert answer.status_code == httpx.codes.SEE_OTHER
        assert lands(world.suite.base_url, answer.headers["location"]) == own
    assert (f'action="{target}' not in page.text and f'href="{target}"' not in page.text) or target in ("", "/")


@pytest.mark.parametrize("target", AWAY[:14])
def test_signing_in_leads_nowhere_else(world: World, target: str) -> None:
    """By a form that an attacker prepared: `next` in its address and in its field."""
    own = urlsplit(world.suite.base_url).hostname
    with session(world, world.email("sales")) as client, anonymous(world) as visitor:
        visitor.follow_redirects = client.follow_redirects = False
        location = client.get("/signin", params={"next": target}).headers.get("location", "/")
        assert lands(world.suite.base_url, location) == own
        back = {"csrf": field(client.get("/account").text, "csrf"), "back": target, "next": target}
        for path in ("/signout", "/deals/x_1/retract"):
            location = client.post(path, data=back).headers.get("location", "/")
            assert lands(world.suite.base_url, location) == own


def test_no_answer_takes_a_header_from_what_was_asked(signed: httpx.Client, world: World) -> None:
    split = "%0d%0aX-Evil:%201%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>"
    with anonymous(world) as nobody:
        nobody.follow_redirects = False
        for client in (signed, nobody):
            for path in (
                f"/deals/{split}",
                f"/deals?q={split}",
                f"/{split}",
                f"/signin?next=/{split}",
                f"/static/{split}",
                f"/v1/registrations/{split}",
                f"/invitations/{split}",
            ):
                for headers in ({}, {"HX-Request": "true"}):
                    answer = client.get(path, headers=headers)
                    assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, path
                    assert "x-evil" not in answer.headers and "evil=1" not in str(answer.headers.get_list("set-cookie")), path


def raw(world: World, path: str, *headers: str) -> bytes:
    """The answer to a request whose path no client has tidied up."""
    place = urlsplit(world.suite.base_url)
    with socket.create_connection((str(place.hostname), int(place.port or 80)), timeout=5) as connection:
        lines = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        found = b""
        while part := connection.recv(65_536):
            found += part
    return found


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leaves_the_static_files(world: World, path: str) -> None:
    answer = raw(world, path)
    assert answer.split(b" ")[1] in (b"303", b"400", b"404"), answer[:200]
    assert b"root:" not in answer and b"import" not in answer.partition(b"\r\n\r\n")[2] and b"[core]" not in answer


def test_the_host_a_request_names_reaches_no_link(world: World, signed: httpx.Client) -> None:
    """Mails, redirects and documents name the address of the settings, whatever Host or a proxy's header says."""
    lies = {
        "Host": EVIL,
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "https",
        "Forwarded": f"host={EVIL}",
        "X-Original-URL": f"//{EVIL}",
    }
    form = signed.get("/team/invite").text
    email = newcomer(world, "partner_sales")[1].replace("new.", "host.")
    data = {
        "csrf": field(form, "csrf"),
        "request_id": field(form, "request_id"),
        "email": email,
        "name": "Host",
        "roles": "partner_sales",
        "language": "en",
    }
    assert signed.post("/team/invite", data=data, headers=lies).status_code == httpx.codes.SEE_OTHER
    mail = eventually(lambda: mail_to(world, email), "the invitation")
    assert EVIL not in mail and f"{world.suite.base_url}/invitations/" in mail
    with anonymous(world) as nobody:
        nobody.follow_redirects = False
        for path in ("/", "/signin", "/openapi.json", "/deals", "/nowhere"):
            answer = nobody.get(path, headers=lies)
            assert EVIL not in answer.text and EVIL not in str(answer.headers)


def mail_to(world: World, email: str) -> str:
    """All parts of the newest mail to somebody, or empty."""
    for file in sorted(world.suite.mailbox.glob("*.eml"), reverse=True):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        if email in str(message["to"]):
            return "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
    return ""
