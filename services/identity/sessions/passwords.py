"""Passwords: which are good enough, how they are kept, how they are checked."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.errors import InvalidArgument, ResourceExhausted
from services.identity.settings import IdentitySettings

SHORTEST = 12
# Of the ones people choose, those that are long enough to pass otherwise (and what they are made of).
COMMON = frozenset(
    ("password", "passwort", "passw0rd", "motdepasse", "contrasena", "contraseña", "senha", "qwertyuiop", "qwertzuiop", "azertyuiop")
    + ("1234567890", "123456789", "0987654321", "abcdefghij", "iloveyou", "letmein", "welcome", "willkommen", "bienvenue", "admin")
    + ("administrator", "changeme", "dragon", "monkey", "football", "baseball", "superman", "sunshine", "princess", "trustno1")
    + ("qwerty", "qwertz", "azerty", "asdfghjkl", "1q2w3e4r5t", "zaq12wsx", "secret", "default", "master", "northwind")
)
_FILLER = "0123456789!?.,-_*#+@$ "


def require_good(password: str, email: str, field: str) -> None:
    """Raises InvalidArgument for one that is short, common or made of the address. Length beats rules (NIST SP 800-63B)."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        raise InvalidArgument.field(field, f"Use {SHORTEST} characters or more; a sentence is easy to keep", "PASSWORD_SHORT")
    if plain.strip(_FILLER) in COMMON | {""} or _repeats(plain):
        raise InvalidArgument.field(field, "This one is guessed at once; take a sentence of your own", "PASSWORD_COMMON")
    local = email.casefold().partition("@")[0]
    if len(local) >= 4 and local in plain:
        raise InvalidArgument.field(field, "Leave your e-mail address out of it", "PASSWORD_HAS_EMAIL")


def _repeats(plain: str) -> bool:
    """Whether it is one short piece or one common word over and over: aaaaaaaaaaaa, abcabcabcabc, passwordpassword."""
    piece = next(size for size in range(1, len(plain) + 1) if plain == (plain[:size] * len(plain))[: len(plain)])
    return piece <= 4 or (piece < len(plain) and plain[:piece].strip(_FILLER) in COMMON)


class Busy(ResourceExhausted):
    """More people sign in at once than the machine should hash for."""

    reason = "SIGN_IN_BUSY"


@dataclass(frozen=True)
class Checked:
    """Whether the password was right, and its hash anew where the strength has been raised since."""

    right: bool
    rehashed: str = ""


class Passwords:
    """Argon2id (RFC 9106) with bounded concurrency: a hash takes tens of MiB, so a flood of sign-ins must queue.

    Few may wait, each for a while, the others are turned away at once: they all hold a thread that other calls need.
    """

    def __init__(self, own: IdentitySettings) -> None:
        self._hasher = PasswordHasher(time_cost=own.hash_rounds, memory_cost=own.hash_memory_kib, parallelism=1)
        self._places = threading.BoundedSemaphore(own.hashes_at_once + own.hashes_waiting)
        self._slots = threading.BoundedSemaphore(own.hashes_at_once)
        self._wait = own.hash_wait_seconds
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """What is kept instead of it. Raises Busy."""
        with self._slot():
            return self._hasher.hash(password)

    def check(self, kept: str | None, password: str) -> Checked:
        """Compare; the same work is done for nobody's password, so that time tells nothing. Raises Busy."""
        with self._slot():
            try:
                self._hasher.verify(kept or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return Checked(False)
            old = kept is not None and self._hasher.check_needs_rehash(kept)
            return Checked(kept is not None, self._hasher.hash(password) if old else "")

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._slots.acquire(timeout=self._wait):
                raise self._busy()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()

    def _busy(self) -> Busy:
        return Busy("Many people are signing in; try again in a moment", retry_after=timedelta(seconds=self._wait))


@cache
def passwords_of(own: IdentitySettings) -> Passwords:
    """The one instance of a process, for its limit counts all who sign in."""
    return Passwords(own)
