"""Signing keys rotate without a gap: known before they sign, retired when nothing they signed can be good any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from joserfc import jws
from prm.identity.v1 import access_pb2, people_pb2

from chassis.errors import Unauthenticated
from services.identity.bootstrap import rotate_keys
from tests.integration.identity.conftest import World


def kid(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


def test_keys_rotate_without_a_gap(world: World) -> None:
    old = kid(world.admin.token)
    before = world.admin.token
    new, retired = rotate_keys(world.work, world.keys)
    assert retired == []
    nobody = world.nobody
    assert {key.kid for key in nobody(nobody.tokens.GetKeys, access_pb2.GetKeysRequest()).keys} == {old, new}
    assert kid(world.admin.token) == old  # known to all before it signs
    assert world.verifier().verify(before).subject == world.made.administrator_id
    world.shift(timedelta(minutes=10, seconds=1))
    assert kid(world.admin.token) == new
    world.shift(timedelta(minutes=16))
    newest, retired = rotate_keys(world.work, world.keys)
    assert retired == [old]
    world.shift(timedelta(0))
    with pytest.raises(Unauthenticated):
        world.verifier().verify(before)
    world.shift(timedelta(minutes=27))
    assert kid(world.admin.token) == newest


def test_a_clock_that_was_set_back_finds_a_key(world: World) -> None:
    world.shift(timedelta(days=-365))
    admin = world.admin
    assert admin(admin.people.GetMe, people_pb2.GetMeRequest()).person.id == world.made.administrator_id
