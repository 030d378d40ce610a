"""Which passwords are taken, and that checking costs the same for nobody's."""

from __future__ import annotations

import threading
import time

import pytest

from chassis.errors import InvalidArgument
from services.identity.sessions.passwords import Busy, Passwords, require_good
from services.identity.settings import IdentitySettings

CHEAP = IdentitySettings(hash_memory_kib=8, hash_rounds=1, hash_wait_seconds=0.05)
EMAIL = "marta.keller@hafenkante.example"


@pytest.mark.parametrize("good", ["a sentence is easy", "northwind-demo-2026", "Tr0ub4dor&3 & co", "密码是一个很长的句子不是吗"])
def test_sentences_are_taken(good: str) -> None:
    require_good(good, EMAIL, "password")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("short", "PASSWORD_SHORT"),
        ("elevenchars", "PASSWORD_SHORT"),
        ("Password1234!", "PASSWORD_COMMON"),
        ("passwordpassword", "PASSWORD_COMMON"),
        ("Administrator1", "PASSWORD_COMMON"),
        ("aaaaaaaaaaaaaa", "PASSWORD_COMMON"),
        ("abcabcabcabcabc", "PASSWORD_COMMON"),
        ("123456789012", "PASSWORD_COMMON"),
        ("Marta.Keller2026", "PASSWORD_HAS_EMAIL"),
    ],
)
def test_what_is_guessed_at_once_is_not(bad: str, reason: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        require_good(bad, EMAIL, "password")
    assert [(item.field, item.reason) for item in caught.value.fields] == [("password", reason)]


def test_right_wrong_and_nobody() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash("a sentence is easy")
    assert kept.startswith("$argon2id$")
    assert passwords.check(kept, "a sentence is easy").right
    assert not passwords.check(kept, "a sentence is hard").right
    assert not passwords.check(None, "a sentence is easy").right


def test_a_weaker_hash_is_made_anew() -> None:
    kept = Passwords(CHEAP).hash("a sentence is easy")
    stronger = Passwords(IdentitySettings(hash_memory_kib=16, hash_rounds=1))
    checked = stronger.check(kept, "a sentence is easy")
    assert checked.right and stronger.check(checked.rehashed, "a sentence is easy").right
    assert not stronger.check(checked.rehashed, "a sentence is easy").rehashed


def test_a_flood_waits_and_is_turned_away() -> None:
    passwords, taken, release = Passwords(CHEAP), threading.Barrier(3), threading.Event()

    def hold() -> None:
        with passwords._slot():
            taken.wait()
            release.wait()

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    taken.wait()
    with pytest.raises(Busy) as caught:
        passwords.hash("a sentence is easy")
    release.set()
    for thread in threads:
        thread.join()
    assert caught.value.retry_after is not None
    assert passwords.hash("a sentence is easy")


def test_when_others_wait_already_nobody_waits_with_them() -> None:
    passwords, release = Passwords(IdentitySettings(hash_memory_kib=8, hash_rounds=1, hash_wait_seconds=30)), threading.Event()

    def hold() -> None:
        with passwords._slot():
            release.wait()

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    while time.monotonic() - began < 5 and passwords._places._value:
        time.sleep(0.01)
    with pytest.raises(Busy):
        passwords.hash("a sentence is easy")
    assert time.monotonic() - began < 5
    release.set()
    for thread in threads:
        thread.join()
    assert passwords.hash("a sentence is easy")
