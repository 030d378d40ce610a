"""Identity away: who is signed in works on for the life of the token; the others are told, not refused."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.integration.gateway.conftest import World, wait_until


@pytest.fixture
def short_tokens(world: World) -> Iterator[None]:
    world.identity.token_seconds = 4.0
    yield
    world.identity.token_seconds = 300.0
    world.identity.part.stop()
    world.identity.part.start()


def test_identity_away(world: World, short_tokens: None) -> None:
    with world.signed_in() as client, world.client() as nobody:
        began = time.monotonic()
        world.identity.part.stop()
        assert client.get("/t/hello").status_code == 200, "her token still holds"
        time.sleep(max(0, 2.5 - (time.monotonic() - began)))
        assert client.get("/t/hello").status_code == 200, "renewing failed, the token holds"
        assert client.get("/t/deals/reg_1").text == "reg_1"
        assert nobody.get("/t/signin").status_code == 200
        wait_until(lambda: client.get("/t/hello").status_code != 200, "the token to end", 8)
        assert client.get("/t/hello").status_code == 503, "not 303: she is not signed out"
        assert "prm_session" in client.cookies
        world.identity.part.start()
        wait_until(lambda: client.get("/t/hello").status_code == 200, "identity to be found again", 8)


def test_a_service_away_is_named(world: World) -> None:
    world.deals.part.stop()
    try:
        with world.api() as api:
            answer = api.get("/v1/registrations/reg_1")
            assert (answer.status_code, answer.json()["reason"]) == (503, "DEALS_UNAVAILABLE")
            began = time.monotonic()
            again = [api.get("/v1/registrations/reg_1") for _ in range(10)]
            assert {found.json()["reason"] for found in again} == {"DEALS_UNAVAILABLE"}
            assert time.monotonic() - began < 2, "not all attempts for every page"
        assert int(again[-1].headers["retry-after"]) > 0, "when to come back, although no service said so"
        assert "127.0.0.1" not in answer.text, "addresses are nobody's business"
    finally:
        world.deals.part.start()
    with world.api() as api:
        wait_until(lambda: api.get("/v1/registrations/reg_1").status_code == 200, "deals to be found again", 8)
