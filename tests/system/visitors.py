"""Visitors of a suite without a browser: the portal's forms and REST, as plain HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx

from cli.demo.client import eventually
from tests.system.world import PASSWORD, World, slug

SIGN_IN_SECONDS = 60.0  # a part that was away may just be coming back


@contextmanager
def browser(world: World, who: str) -> Iterator[httpx.Client]:
    """Of somebody who has signed in."""
    password = world.suite.settings["PRM_ADMIN_PASSWORD"] if who == "administrator" else PASSWORD
    with anonymous(world) as client:
        eventually(
            lambda: (answer := signing_in(client, world.email(who), password)) and answer.url.path != "/signin",
            "the sign-in",
            SIGN_IN_SECONDS,
        )
        yield client


def anonymous(world: World) -> httpx.Client:
    return httpx.Client(base_url=world.suite.base_url, timeout=30, follow_redirects=True)


def rest(world: World, who: str) -> httpx.Client:
    return httpx.Client(base_url=world.suite.base_url, timeout=30, headers=dict(world.metadata(who)))


def signing_in(client: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response | None:
    """What the sign-in form answers; None where the form itself cannot be had."""
    form = client.get("/signin")
    if form.status_code != 200:
        return None
    return client.post("/signin", data={"csrf": field(form.text, "csrf"), "email": email, "password": password})


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return found[1]


def register(client: httpx.Client, name: str) -> str:
    """Fill the portal's form in and send it; -> the deal's id."""
    form = client.get("/deals/new").text
    values = {
        **{name: field(form, name) for name in ("csrf", "request_id", "open")},
        "customer.name": name,
        "customer.domain": f"{slug(name)}.example",
        "customer.country": "DE",
        "customer.town": "Emden",
        "product_families": "beacon",
        "value": "186,000",
        "currency": "EUR",
        "expected_close": (datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%d"),
        "evidence_note": "Walked the mill with the manager; they want a fleet before Easter.",
        "do": "submit",
    }
    answer = client.post("/deals/save", data=values)
    assert answer.status_code == 200
    found = re.fullmatch(r"/deals/(reg_\w+)", answer.url.path)
    assert found
    return found[1]
