"""How often one may ask. A gateway of its own, with small numbers."""

from __future__ import annotations

import pytest

from tests.integration.gateway.conftest import World, submit
from tests.integration.gateway.services import PASSWORD


@pytest.fixture(scope="module")
def overrides() -> dict[str, object]:
    return {"client_rate": "40/minute", "public_rate": "8/minute", "sign_in_rate": "3/minute"}


def test_limits_count_what_they_say(world: World) -> None:
    with world.client() as client:
        wrong = [submit(client, "/t/signin", email="kim@brightway.example", password="wrong").status_code for _ in range(4)]
        assert wrong == [401, 401, 401, 429]
        calls = world.identity.part.count("SignIn")
        assert submit(client, "/t/signin", email=" KIM@brightway.example", password=PASSWORD).status_code == 429, "the same account"
        assert world.identity.part.count("SignIn") == calls, "identity is not even asked"
        assert submit(client, "/t/signin", email="lee@brightway.example", password=PASSWORD).status_code == 303
        rest = client.post("/v1/sessions:signIn", json={"email": "kim@brightway.example", "password": PASSWORD})
        assert (rest.status_code, rest.json()["reason"]) == (429, "SIGN_IN_RATE_LIMITED"), "the API is no way around"
        assert 1 <= int(rest.headers["retry-after"]) <= 60
        assert client.post("/v1/tokens:issue", json={"client_id": "a", "client_secret": "b"}).status_code in (401, 429)
        statuses = [client.get("/v1/keys").status_code for _ in range(40)]
        assert 200 in statuses
        assert statuses[-1] == 429
        assert client.get("/healthz").status_code == 200, "health is free"
