"""The portal's pages and forms, by people who are signed in: every route, with answers that no form would give."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from gateway.portal.routes import public_routes, routes
from tests.fuzz.messages import TEXTS
from tests.fuzz.people import Cast
from tests.system.visitors import browser
from tests.system.visitors import field as hidden

PEOPLE = ("sales", "manager", "admin")
LEFT_OUT = ("/signout", "/account/password")  # they would end the session, or lock the account
FORM = "application/x-www-form-urlencoded"
OF_RIGHTS = ("/team", "/account", "/invitations")
QUERY = (
    "q",
    "state",
    "sort",
    "page",
    "after",
    "before",
    "next",
    "back",
    "id",
    "partner",
    "country",
    "tab",
    "view",
    "at",
    "lang",
    "open",
    "step",
    "service",
    "kind",
)
TYPES = (FORM, FORM, FORM, FORM, "multipart/form-data; boundary=x", "text/plain", "application/json", "")


@dataclass(frozen=True)
class Page:
    """One request to the portal."""

    verb: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Visitor:
    cookie: str
    csrf: str


class Pages:
    """Knows the routes, the visitors' cookies, and every name that a form has."""

    def __init__(self, cast: Cast, base_url: str) -> None:
        self._cast, self._base = cast, base_url
        self._routes = [route for route in [*routes, *public_routes] if route.path not in LEFT_OUT]
        self._names: set[str] = set(QUERY)
        self._visitors = [self._enter(who) for who in PEOPLE]

    def _enter(self, who: str) -> _Visitor:
        with browser(self._cast.world, who) as client:
            csrf = hidden(client.get("/account").text, "csrf")
            for route in self._routes:
                if "GET" in (route.methods or ()):
                    page = client.get(self._filled(route.path, self._cast.objects[0])).text
                    self._names |= set(re.findall(r'name="([\w.-]+)"', page))
            return _Visitor("; ".join(f"{name}={value}" for name, value in client.cookies.items()), csrf)

    def some(self, chance: random.Random) -> Page:
        """A page with an odd address, or a form with odd answers."""
        route = chance.choice(self._routes)
        ids = self._cast.identity if route.path.startswith(OF_RIGHTS) else self._cast.objects
        path = self._filled(route.path, chance.choice([*ids, *ids, "x_1", "ä", "..", "%", "\r\n", "a" * 2_000]))
        visitor = chance.choice(self._visitors)
        headers = (
            {"Cookie": visitor.cookie}
            if chance.random() < 0.95
            else {"Cookie": chance.choice(("", "prm_session=x", "prm_session=" + "a" * 60))}
        )
        if chance.random() < 0.3:
            headers["HX-Request"] = "true"
        if "POST" not in (route.methods or ()):
            return Page("GET", path + ("?" + self._answers(chance) if chance.random() < 0.6 else ""), None, headers)
        kind = chance.choice(TYPES)
        csrf = visitor.csrf if chance.random() < 0.95 else chance.choice(("", "x", "=" * 50, "ä"))
        body = f"csrf={quote(csrf)}&request_id=fuzz-{chance.getrandbits(64):x}&{self._answers(chance)}".encode()
        if chance.random() < 0.1:
            body = chance.choice(
                (body[: chance.randrange(len(body))], body + b"&%FF=%", b"&" * 3_000 + body, b"\xff\xfe" + body, b"--x\r\n" + body)
            )
        return Page("POST", path, body, {**headers, "Content-Type": kind})

    def _answers(self, chance: random.Random) -> str:
        names = chance.sample(sorted(self._names), chance.choice((1, 3, 8)))
        short = [item[:3_000] for item in TEXTS]
        values = [
            chance.choice([*short, *self._cast.objects, *self._cast.identity, "1", "-1", "approve", "2027-02-30", "1,5", "EUR"])
            for _ in names
        ]
        return urlencode(list(zip(names, values, strict=True)), errors="replace")[:6_000]

    def _filled(self, path: str, value: str) -> str:
        return re.sub(r"\{\w+\}", quote(value, safe=""), path)
