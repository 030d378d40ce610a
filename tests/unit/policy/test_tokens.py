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
HEADER = {"alg": "Ed25519", "kid": "k1", "typ": "at+jwt"}
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
    hmac = jws.serialize_compact(
        {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}, payload, OctKey.import_key(str(public)), algorithms=["HS256"]
    )
    none = ".".join((base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1","typ":"at+jwt"}').decode().rstrip("="), hmac.split(".")[1], ""))
    assert reason(verifier, hmac) == "TOKEN_INVALID"
    assert reason(verifier, none) == "TOKEN_INVALID"


@pytest.mark.parametrize("change", [{"iss": "other"}, {"aud": "other"}, {"aud": ...}, {"epoch": "seven"}, {"sub": ...}, {"exp": None}])
def test_claims_must_be_there(verifier: TokenVerifier, change: dict[str, object]) -> None:
    payload = {name: value for name, value in (CLAIMS.as_payload() | change).items() if value is not ...}
    assert reason(verifier, signed(payload)) == "TOKEN_INVALID"


def signed(payload: object, **header: object) -> str:
    """Anything, signed with the right key."""
    head = {name: value for name, value in {**HEADER, **header}.items() if value is not None}
    return str(jws.serialize_compact(head, json.dumps(payload).encode(), KEY, algorithms=["Ed25519"]))


@pytest.mark.parametrize("typ", ["JWT", "at+JWT", "logout+jwt", "", None])
def test_what_else_the_key_signed_is_no_access_token(verifier: TokenVerifier, typ: object) -> None:
    assert verifier.verify(signed(CLAIMS.as_payload())) == CLAIMS
    assert reason(verifier, signed(CLAIMS.as_payload(), typ=typ)) == "TOKEN_INVALID"


@pytest.mark.parametrize("payload", [[], "text", None, 7, {"sub": {"$ne": ""}}, {**CLAIMS.as_payload(), "aud": ["prm"]}])
def test_a_payload_of_another_form(verifier: TokenVerifier, payload: object) -> None:
    assert reason(verifier, signed(payload)) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "kid", ["../../k1", "k1'--", "k1\0", "K1", " k1", "k1/", "http://evil.example/k1", "", None, 1, ["k1"], {"k1": 1}, "k" * 3000]
)
def test_a_key_id_leads_nowhere_else(verifier: TokenVerifier, kid: object) -> None:
    head = base64.urlsafe_b64encode(json.dumps({**HEADER, "kid": kid}).encode()).decode().rstrip("=")
    assert reason(verifier, f"{head}.{sign(CLAIMS, KEY, 'k1').partition('.')[2]}") == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "header", [{"jku": "http://evil.example/jwks"}, {"x5u": "http://evil.example/x"}, {"jwk": OTHER.as_dict(private=False)}]
)
def test_a_token_brings_no_key_of_its_own(verifier: TokenVerifier, header: dict[str, object]) -> None:
    payload = json.dumps(CLAIMS.as_payload()).encode()
    head = json.dumps({**HEADER, **header}).encode()
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (head, payload)]
    own = sign(CLAIMS, OTHER, "k1").rpartition(".")[2]
    assert reason(verifier, ".".join((*parts, own))) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "a.b", "é.ö.ü", "....", "x" * (MAX_LENGTH + 1), "eyJhbGciOiJFZDI1NTE5In0..", "\ud800.a.b", DEEP]
)
def test_garbage(verifier: TokenVerifier, token: str) -> None:
    assert reason(verifier, token) == "TOKEN_INVALID"


def test_another_payload_under_the_same_signature(verifier: TokenVerifier) -> None:
    head, _, tail = sign(CLAIMS, KEY, "k1").split(".")
    body = base64.urlsafe_b64encode(json.dumps(replace(CLAIMS, subject="per_2").as_payload()).encode()).decode().rstrip("=")
    assert reason(verifier, f"{head}.{body}.{tail}") == "TOKEN_INVALID"
