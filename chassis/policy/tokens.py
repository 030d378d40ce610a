"""Access tokens: who, not what. Signed by identity with Ed25519, verified here without asking anybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from chassis.clock import Clock
from chassis.errors import Unauthenticated
from chassis.policy.cache import Expiring

ISSUER = "prm"
AUDIENCE = "prm"  # every service of the suite; outsiders have no business with the token
ALGORITHM = "Ed25519"
TYPE = "at+jwt"
CACHE_SECONDS = 300.0
EARLY_SECONDS = 5.0  # clocks of machines differ
MAX_LENGTH = 4096


@dataclass(frozen=True)
class Claims:
    """What a token says. Times are epoch seconds; the floors are the versions below which a service's facts are too old."""

    subject: str
    kind: str
    session_id: str
    auth_level: str
    issued_at: float
    expires_at: float
    epoch: int = 0
    floor: int = 0
    org_floor: int = 0
    roles_floor: int = 0

    def as_payload(self) -> dict[str, Any]:
        """The claims by their registered or private names."""
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": self.subject,
            "kind": self.kind,
            "sid": self.session_id,
            "acr": self.auth_level,
            "iat": self.issued_at,
            "exp": self.expires_at,
            "epoch": self.epoch,
            "floor": self.floor,
            "org_floor": self.org_floor,
            "roles_floor": self.roles_floor,
        }


class KeyFacts(Protocol):
    """The public keys by id; None for an unknown or retired one."""

    def key(self, kid: str) -> str | None: ...


def sign(claims: Claims, key: OKPKey, kid: str) -> str:
    """The compact token. `key` is the private key; identity alone has one."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": TYPE}
    return str(jws.serialize_compact(header, json.dumps(claims.as_payload()).encode(), key, algorithms=[ALGORITHM]))


def private_key(text: str) -> OKPKey:
    """A private key from PEM or JWK text."""
    return OKPKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text)


class TokenVerifier:
    """Verifies tokens; a good one is remembered by its digest until it expires. Thread-safe."""

    def __init__(self, facts: KeyFacts, clock: Clock) -> None:
        self._facts, self._clock = facts, clock
        self._known: Expiring[bytes, tuple[str, Claims]] = Expiring(CACHE_SECONDS, 50_000)

    def verify(self, token: str) -> Claims:
        """What the token says. Raises Unauthenticated: TOKEN_INVALID or TOKEN_EXPIRED."""
        if len(token) > MAX_LENGTH or not token.isascii():
            raise _invalid()
        digest = hashlib.sha256(token.encode()).digest()
        found = self._known.get(digest)
        if found is None or self._facts.key(found[0]) is None:
            found = self._known.put(digest, self._verified(token))
        _check_times(found[1], self._clock.now())
        return found[1]

    def _verified(self, token: str) -> tuple[str, Claims]:
        try:
            headers = jws.extract_compact(token.encode()).headers()
            if headers.get("typ") != TYPE:  # whatever else is ever signed with these keys is no access token (RFC 9068)
                raise _invalid()
            kid = str(headers.get("kid", ""))
            x = self._facts.key(kid)
            if x is None:
                raise _invalid()
            key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
            checked = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
            return kid, _claims(json.loads(checked.payload))
        except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise _invalid() from error


def _claims(payload: Mapping[str, Any]) -> Claims:
    if payload["iss"] != ISSUER or payload["aud"] != AUDIENCE:
        raise ValueError("a foreign token")
    return Claims(
        subject=str(payload["sub"]),
        kind=str(payload["kind"]),
        session_id=str(payload.get("sid", "")),
        auth_level=str(payload.get("acr", "")),
        issued_at=float(payload["iat"]),
        expires_at=float(payload["exp"]),
        epoch=int(payload["epoch"]),
        floor=int(payload["floor"]),
        org_floor=int(payload["org_floor"]),
        roles_floor=int(payload["roles_floor"]),
    )


def _check_times(claims: Claims, now: datetime) -> None:
    if now.timestamp() >= claims.expires_at:
        raise Unauthenticated("The access token has expired; get a new one", reason="TOKEN_EXPIRED")
    if claims.issued_at > now.timestamp() + EARLY_SECONDS:
        raise _invalid()


def _invalid() -> Unauthenticated:
    return Unauthenticated("The access token is not valid", reason="TOKEN_INVALID")
