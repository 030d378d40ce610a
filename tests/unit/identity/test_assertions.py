"""Assertions by which a system proves itself (RFC 7523)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from chassis.errors import InvalidArgument
from services.identity.service_accounts.keys import BadAssertion, check_assertion, clean_key

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
AT = NOW.timestamp()
KEYS: dict[str, Any] = {"Ed25519": OKPKey.generate_key("Ed25519"), "ES256": ECKey.generate_key("P-256"), "PS256": RSAKey.generate_key(2048)}
CLAIMS = {"iss": "crm", "sub": "crm", "aud": "prm", "exp": AT + 60, "jti": "0123456789"}


def public(key: Any) -> str:
    return clean_key(json.dumps(key.as_dict(private=False)), "key")


def signed(algorithm: str, key: Any, **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return str(jws.serialize_compact({"alg": algorithm}, json.dumps(claims).encode(), key, algorithms=[algorithm]))


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_good_ones_are_taken(algorithm: str) -> None:
    key = KEYS[algorithm]
    jti, expires = check_assertion(signed(algorithm, key, aud=["other", "prm"]), public(key), "crm", ("prm", "https://prm"), NOW)
    assert (jti, expires.timestamp()) == ("0123456789", AT + 60)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "erp"},
        {"sub": "erp"},
        {"aud": "other"},
        {"aud": None},
        {"exp": AT},
        {"exp": AT + 601},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": AT + 61},
        {"jti": None},
        {"jti": "short"},
        {"jti": ["0123456789"]},
    ],
)
def test_bad_ones_are_not(changes: dict[str, Any]) -> None:
    key = KEYS["Ed25519"]
    with pytest.raises(BadAssertion):
        check_assertion(signed("Ed25519", key, **changes), public(key), "crm", ("prm",), NOW)


def test_foreign_keys_and_confused_algorithms_are_not() -> None:
    key = KEYS["Ed25519"]
    forged = [
        signed("Ed25519", OKPKey.generate_key("Ed25519")),
        "a.b.c",
        "",
        "eyJhbGciOiJub25lIn0." + signed("Ed25519", key).split(".")[1] + ".",
    ]
    forged.append(signed("HS256", OctKey.import_key(public(key))))
    for text in forged:
        with pytest.raises(BadAssertion):
            check_assertion(text, public(key), "crm", ("prm",), NOW)
    with pytest.raises(BadAssertion):
        check_assertion(signed("Ed25519", key), "{}", "crm", ("prm",), NOW)


def test_only_public_halves_of_strong_keys_are_kept() -> None:
    short = {"kty": "RSA", "e": "AQAB", "n": KEYS["PS256"].as_dict(private=False)["n"][:171]}
    weak = [short, OctKey.generate_key(256).as_dict(), ECKey.generate_key("P-384").as_dict(private=False)]
    private = [KEYS["Ed25519"].as_dict(private=True)]
    for values in [*weak, *private, {}, [], "text"]:
        with pytest.raises(InvalidArgument):
            clean_key(json.dumps(values), "service_account.public_key")
    with pytest.raises(InvalidArgument):
        clean_key("no json", "service_account.public_key")
    assert clean_key("  ", "key") == ""
