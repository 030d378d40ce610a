"""Tokens: what is signed by a known key and in time counts, nothing else."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from chassis.clock import Clock
from chassis.errors import Unauthenticated
from chassis.policy.tokens import MAX_LENGTH, Claims, TokenVerifier, sign
from tests.integration.policy.conftest import NOW

KEY, OTHER = (OKPKey.generate_key("Ed25519") for _ in range(2))
DEEP = base64.urlsafe_b64encode(b"[" * 2900).decode().rstrip("=") + ".e30.e30"
CLAIMS = Claims("per_1", "partner", "ses_1", "password", NOW.timestamp(), NOW.timestamp() + 300, 7, 6, 5, 4)


class Keys:
    def __init__(self) -> None:
        self.known = {"k1": str(KEY.as_dict(private=False)["x"])}
        self.asked = 0

    def key(self, kid: str) -> str | None:
        self.asked += 1
        return self.known.get(kid)


class Still(Clock):
    at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def clock() -> Still:
    return Still()


@pytest.fixture
def verifier(keys: Keys, clock: Still) -> TokenVerifier:
    return TokenVerifier(keys, clock)


def reason(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(token)
    return refused.value.reason


def test_says_what_was_signed(verifier: TokenVerifier) -> None:
    token = sign(CLAIMS, KEY, "k1")
    assert verifier.verify(token) == CLAIMS
    assert verifier.verify(token) == CLAIMS


def test_expires(verifier: TokenVerifier, clock: Still) -> None:
    token = sign(CLAIMS, KEY, "k1")
    verifier.verify(token)
    clock.at = NOW + timedelta(seconds=300)
    assert reason(verifier, token) == "TOKEN_EXPIRED"


def test_not_from_the_future(verifier: TokenVerifier) -> None:
    early = replace(CLAIMS, issued_at=NOW.timestamp() + 60, expires_at=NOW.timestamp() + 360)
    assert reason(verifier, sign(early, KEY, "k1")) == "TOKEN_INVALID"


def test_foreign_key(verifier: TokenVerifier) -> None:
    assert reason(verifier, sign(CLAIMS, OTHER, "k1")) == "TOKEN_INVALID"


def test_unknown_key(verifier: TokenVerifier) -> None:
    assert reason(verifier, sign(CLAIMS, KEY, "k2")) == "TOKEN_INVALID"


def test_a_retired_key_ends_tokens_already_seen(verifier: TokenVerifier, keys: Keys) -> None:
    token = sign(CLAIMS, KEY, "k1")
    verifier.verify(token)
    keys.known.clear()
    assert reason(verifier, token) == "TOKEN_INVALID"


def test_no_other_algorithm(verifier: TokenVerifier) -> None:
    payload = json.dumps(CLAIMS.as_payload()).encode()
    public = KEY.as_dict(private=False)["x"]
    hmac = jws.serialize_compact({"alg": "HS256", "kid": "k1"}, payload, OctKey.import_key(str(public)), algorithms=["HS256"])
    none = ".".join((base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').decode().rstrip("="), hmac.split(".")[1], ""))
    assert reason(verifier, hmac) == "TOKEN_INVALID"
    assert reason(verifier, none) == "TOKEN_INVALID"


@pytest.mark.parametrize("change", [{"iss": "other"}, {"aud": "other"}, {"aud": ...}, {"epoch": "seven"}, {"sub": ...}, {"exp": None}])
def test_claims_must_be_there(verifier: TokenVerifier, change: dict[str, object]) -> None:
    payload = {name: value for name, value in (CLAIMS.as_payload() | change).items() if value is not ...}
    token = jws.serialize_compact({"alg": "Ed25519", "kid": "k1"}, json.dumps(payload).encode(), KEY, algorithms=["Ed25519"])
    assert reason(verifier, token) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "a.b", "é.ö.ü", "....", "x" * (MAX_LENGTH + 1), "eyJhbGciOiJFZDI1NTE5In0..", "\ud800.a.b", DEEP]
)
def test_garbage(verifier: TokenVerifier, token: str) -> None:
    assert reason(verifier, token) == "TOKEN_INVALID"


def test_another_payload_under_the_same_signature(verifier: TokenVerifier) -> None:
    head, _, tail = sign(CLAIMS, KEY, "k1").split(".")
    body = base64.urlsafe_b64encode(json.dumps(replace(CLAIMS, subject="per_2").as_payload()).encode()).decode().rstrip("=")
    assert reason(verifier, f"{head}.{body}.{tail}") == "TOKEN_INVALID"
