"""Public keys by which systems prove themselves (RFC 7523), and the assertions made with them."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from chassis.errors import InvalidArgument

SMALLEST_RSA = 2048
LONGEST_SECONDS = 600
EARLY_SECONDS = 60  # clocks of other people's machines differ
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
Key = ECKey | OKPKey | RSAKey
# Which signatures a key may make; never what the assertion itself says.
ALGORITHMS = {("OKP", "Ed25519"): ["Ed25519", "EdDSA"], ("EC", "P-256"): ["ES256"], ("RSA", ""): ["PS256", "RS256"]}


class BadAssertion(Exception):
    """The assertion does not prove what it says; the caller is not told why."""


def clean_key(text: str, field: str) -> str:
    """A public JSON Web Key as canonical text; empty stays empty. Raises InvalidArgument."""
    if not text.strip():
        return ""
    try:
        values = json.loads(text)
        if not isinstance(values, dict) or PRIVATE & values.keys():
            raise InvalidArgument.field(field, "Give the public half of one key alone")
        import_key(values)
    except (JoseError, ValueError, TypeError, KeyError):
        raise InvalidArgument.field(field, "Give an Ed25519, P-256 or RSA (2048 bits or more) key as a JSON Web Key") from None
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def import_key(values: dict[str, Any]) -> tuple[Key, list[str]]:
    """(the key, the algorithms it may be used with). Raises ValueError for a kind that is not taken."""
    kind = (str(values.get("kty")), str(values.get("crv", "")))
    if kind not in ALGORITHMS:
        raise ValueError("unsupported key")
    classes: dict[str, type[Key]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
    if kind[0] == "RSA" and _bits(str(values["n"])) < SMALLEST_RSA:
        raise ValueError("short key")
    return classes[kind[0]].import_key(values), ALGORITHMS[kind]


def _bits(number: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()


def check_assertion(text: str, public_key: str, client_id: str, audiences: Collection[str], now: datetime) -> tuple[str, datetime]:
    """(jti, expiry) of an assertion that its key signed for us, now. Raises BadAssertion.

    The caller must see to it that each jti is taken once.
    """
    try:
        key, algorithms = import_key(json.loads(public_key))
        claims = json.loads(jws.deserialize_compact(text, key, algorithms=algorithms).payload)
        return _checked(claims, client_id, audiences, now)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadAssertion from error


def _checked(claims: dict[str, Any], client_id: str, audiences: Collection[str], now: datetime) -> tuple[str, datetime]:
    said = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    at, expires = now.timestamp(), float(claims["exp"])
    if claims["iss"] != client_id or claims["sub"] != client_id or not set(said) & set(audiences):
        raise ValueError("foreign assertion")
    if not at < expires <= at + LONGEST_SECONDS or float(claims.get("nbf", at)) > at + EARLY_SECONDS:
        raise ValueError("not now")
    jti = claims["jti"]
    if not isinstance(jti, str) or not 8 <= len(jti) <= 200:
        raise ValueError("no jti")
    return jti, datetime.fromtimestamp(expires, now.tzinfo)
