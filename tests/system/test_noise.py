"""Whatever is sent to any route, nothing breaks: the whole suite answers below 500."""

from __future__ import annotations

import random

import httpx
from prm.deals.v1 import registrations_pb2

from tests.system.noise import Noise
from tests.system.world import World, registration

ROUNDS = 5
CALLERS = ("administrator", "sales", "manager", "programme", "finance")
AWAY = 500


def test_nothing_that_is_sent_breaks_the_suite(world: World) -> None:
    made = registrations_pb2.CreateRegistrationRequest(registration=registration("Noise GmbH"))
    ids = [world.call("sales", world.api.registrations.CreateRegistration, made).id for _ in range(3)]
    seed = random.SystemRandom().randrange(2**32)
    broken, answered = [], 0
    with httpx.Client(base_url=world.suite.base_url, timeout=20, trust_env=False) as client:
        for number, request in enumerate(Noise(seed, ids).requests(ROUNDS)):
            headers = dict(world.metadata(CALLERS[number % len(CALLERS)])) | {"content-type": "application/json"}
            answer = client.request(request.verb, request.path, content=request.body, headers=headers)
            answered += 1
            if answer.status_code >= AWAY:
                broken.append(f"{request.name}: {request.verb} {request.path} {request.body!r} → {answer.status_code} {answer.text[:300]}")
            elif answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["reason"], request
    assert not broken, f"seed {seed}\n" + "\n".join(broken)
    assert answered > 300
